"""What is said beside the measured music: to the program, of its makers, of what a recording is for.

These questions have words in common with those that tools answer ("the singer", "split", "the
guitar"), so they are told by their own words before anything else is read, and no trained model is
asked: see `find`. The answers stand in `answer_beside` and `answer_talk`.
"""

import re

from agent.rules import limits, patterns
from agent.rules.asks import CLOSER, Ask, Situation
from agent.rules.closer_words import mixed_with
from agent.rules.elsewhere import known_words
from agent.rules.parts import DONE
from agent.rules.purposes import asked
from agent.rules.references import default_tracks, find_reference
from agent.rules.wording import NUMBERS

_YOU = r"(?:you|this (?:program|app|thing|tool|software)|musicologue)"
_MUSICIAN = (
    r"(?:(?:lead |backing |session )?(?:singer|vocalist|band|group|duo|artist|drummer|guitarist|bassist"
    r"|pianist|songwriter|composer|producer|frontman|front ?woman|rapper|players?|musicians?)s?)"
)
_MINE = r"(?:my|our|the|these|those) (?:own )?(?:songs?|music|files?|tracks?|recordings?|audio|data|stuff|library)"
_DEED = r"(?:split\w*|separat\w*|isolat\w*|transcri\w+|export\w*|notat\w+|sav(?:e|ed|ing)|convert\w*|generat\w+|compos\w+|(?:a |the |any )?(?:playlist|stems?|midi|sheet music))"
_FILES = r"(?:it|this|that|them|file|track|song|one|recording|tune|piece|album|folder|copy|duplicate|everything|library|original)s?"
_LANGUAGES = "english|french|spanish|german|italian|korean|portuguese|japanese|russian|polish|dutch|arabic|chinese|mandarin|hindi|swedish|turkish|greek"
_NUMBER = "|".join(NUMBERS)
_SURE_OF = r"(?:well |oh |wow |ok |haha |lol |hey |damn |and |so |but |man |hm+ )*"

_ROWS: tuple[tuple[str, str, str], ...] = (
    # -- said to the program
    ("talk", "wrong", r"^(?:(?:no|nope|nah|hey|wait|but|sorry|ugh|argh|oh|well|stop|come on)[ ,.!]*)*(?:(?:that|this|it|you|what you said|(?:that|this|your) (?:answer|reply|one))(?: is| was| are| were| got it| got that| have it)? (?:\w+ )?(?:wrong|incorrect|nonsense|rubbish|false|not (?:right|true|correct|it))|(?:that|this|it) (?:is|was) not (?:at all )?what i (?:asked|meant|wanted|said)(?: for| you)?|not what i (?:asked|meant|wanted)(?: for)?|i (?:did|do) not (?:ask|mean|want)(?: for)? (?:that|this|it)|you (?:misunderst\w+|did not (?:understand|get)|do not (?:understand|get|listen))(?: me| it| that| the question)?|wrong(?: again| answer)?|why (?:did|would|have) you (?:split|separate|save|export|write|make|do|make up|done)(?: (?:it|that|this|a file|a playlist))?)(?: (?:at all|again|altogether|completely|though|i think|mate|man))*[ .!]*$|^(?:no[ ,.!]+){1,}no[ .!]*$"),
    ("talk", "blame", rf"^{_SURE_OF}(?:you(?: are| suck)?|this (?:is|thing is)) (?:(?:really|so|very|pretty|quite|totally|such|a|an|the|just|complete|bloody) )*(?:useless|stupid|dumb|terrible|awful|annoying|crap|rubbish|hopeless|worthless|idiot|idiotic|broken|bad at this|suck)\b[ \w]{{0,16}}[ .!]*$"),
    ("talk", "praise", rf"^{_SURE_OF}(?:you(?: are|'re) (?:(?:not|really|so|very|pretty|quite|actually|as|that|half|a|an|the|too|nearly|all) )*(?:dumb|stupid|bad|useless|smart|clever|good|great|helpful|brilliant|amazing|best|genius|nice|cool|funny|fun|handy|star|legend|wizard|impressive|awesome|wonderful)\b|i (?:really )?(?:love|like|adore) you\b|you (?:really |do )?(?:rock|rule)\b|not bad for (?:a|an)\b|good (?:bot|boy|girl|machine)\b)(?! (?:enough|sure))[^?]*$"),
    ("talk", "private", rf"\b(?:do|does|would|will|can|could|must|should|is|are|if)\b.{{0,30}}\b(?:internet|online|offline|network connection|cloud|wi-?fi)\b.{{0,30}}\b(?:you|work|need\w*|run|this)\b|\b{_YOU}\b.{{0,20}}\b(?:internet|online|offline|the cloud|the network|a network)\b|\b(?:send|sending|sent|share|sharing|shared|upload\w*|leak\w*|stream|transmit\w*|stor(?:e|ed|ing)|keep|keeping|collect\w*|sell\w*|train\w*)\b (?:on )?{_MINE}\b(?! (?:as|to (?:a |my )?(?:file|midi|csv|disk|folder|friend))).{{0,30}}(?:\b(?:anywhere|somewhere|online|off|out|with|to|on)\b|\?|$)|\bwhere (?:does|do|did|is|are) {_MINE} (?:go|end up|sent|stored|kept|uploaded)\b|\b(?:leave|leaves|leaving) (?:my|this) (?:computer|machine|laptop|pc|mac|phone)\b|\b(?:privacy|spy(?:ing)? on|phone home|telemetry|gdpr)\b|\b{_MINE} (?:being |be |get |getting )*(?:safe|private|uploaded|sent|shared|stored|kept)\b|\bwho (?:else )?(?:can|could) (?:see|hear) {_MINE}"),
    ("talk", "limits", rf"\bwhat (?:else )?(?:can|could|do) (?:you not|not you|{_YOU} not)\b|\bwhat can not {_YOU}\b|\bwhat (?:things |stuff )?(?:can|could) you (?:not|never)\b|\bwhat are you (?:not (?:able|good)|unable|bad|worst|no good|terrible)\b|\b(?:what (?:are|is)|tell me|any|list) (?:about )?your (?:\w+ )?(?:limits?|limitations?|weak\w*|shortcomings?|blind spots?|flaws?)\b|\bwhere do you (?:fail|go wrong|fall short|struggle)\b|\bwhat (?:is|are) (?:things )?(?:too hard|beyond|out of reach) (?:for )?you\b|\bhow (?:reliable|accurate|trustworthy|good|often wrong) (?:are|is) (?:you|this program|your (?:answers|ears))\b"),
    ("talk", "unlike", rf"\b(?:differen\w+|compare\w*|better|worse|similar|same|like|instead|versus|vs|rather than|over|not just use|need)\b.*\b(?:shazam|soundhound|chat ?gpt|siri|alexa|google assistant|copilot|gemini|moises|chordify|cyanite|mixed in key|rekordbox|tunebat)\b|\b(?:are|is) {_YOU} (?:\w+ ){{0,3}}(?:shazam|soundhound|siri|alexa|chordify|moises)\b|\b(?:shazam|soundhound|chat ?gpt|siri|alexa|chordify|moises)\b.*\b(?:you|yours)\b"),
    ("talk", "language", rf"^(?:(?:and|ok|now|please|can you|could you|would you)[, ]+)*(?:(?:say (?:it|that|this)|tell me|answer(?: me)?|speak|reply|talk|explain (?:it|that)|repeat (?:it|that))(?: again)? )?(?:in |to )(?:{_LANGUAGES})(?:,? please)?[ ?.!]*$|\b(?:do|can|could) you (?:speak|talk|answer in|understand|know) (?:{_LANGUAGES})\b|\bwhat languages (?:do|can) you\b"),
    ("talk", "help", r"\bwhat (?:can|could) (?:you|i|we) do with (?:my|the|a|this) (?:library|collection|songs?|tracks?|music|recordings?)\b"),
    ("talk", "open", r"\bhow (?:do|can|could|would|should) (?:i|we|one) (?:open|load|add|play you|give you|import|hear|use) (?:an?other|an?|a (?:new|different|second)|more|other|my(?: own)?|some|the next) (?:\w+ )?(?:songs?|tracks?|files?|recordings?|pieces?|music|albums?|folders?)\b"),
    ("unsupported", "close", r"^(?:(?:please|now|ok|can you|could you|will you)[ ,]*)*(?:close|unload|eject)(?: (?:it|this|that|them|all|everything|(?:the |this |that )?(?:first |second |last |other )?(?:song|track|file|one)s?|#\d+))?(?: please| now| again)*[ ?.!]*$"),
    ("talk", "who", r"\b(?:about|introduce|describe) yourself\b"),
    ("talk", "formats", rf"\b(?:what|which)(?: (?:kinds?|types?|sorts?|sort))?(?: of)? (?:(?:export|output|file|sheet|notation|audio) )?(?:files?|formats?|file (?:formats?|types?)|outputs?|exports?|extensions?)(?: types?)? (?:can|could|do|are|will|would|does|is) (?:{_YOU}(?! (?:have|know|hold|got|remember))|i(?! have)|we(?! have)|there|on offer|available|supported|possible)\b|\bwhat (?:all )?(?:can|could|do) {_YOU} (?:export|save|write out|spit out|output)\b|\bwhat can i (?:export|save|download)\b|\b(?:list|name|show me) (?:me )?(?:all |the |your )*(?:export |output |file |supported )+(?:formats?|files?|types?)\b|\b(?:what|which) (?:software|programs?|apps?)\b.{{0,30}}\b(?:opens?|reads?|import|for|use)\b.{{0,30}}\b(?:files?|sheet music|midi|musicxml|notation|exports?|stems)\b|\bhow (?:do|can|could|would|should) (?:i|you|we|one) (?:export|save|download|split|separate|transcribe)\b(?! (?:it|this|that) (?:as|to|into) )"),
    ("talk", "leave", rf"\b(?:do not|did not|would rather not|i'd rather not|rather not|no need (?:to|for)|never|please not|should not|must not|not going to|stop|hate (?:it )?(?:to|when)) (?!(?:forget|mind|know|you|we|hesitate|see|hear|think|get)\b)(?:\w+ ){{0,3}}?{_DEED}\b|^(?:please )?(?:leave|keep) (?:it|this|that|the \w+) (?:as (?:it|they) (?:is|are)|whole|in one piece|alone|untouched|intact)\b"),
    # -- what is done for nobody
    ("unsupported", "files", rf"\b(?:remove|clear|delete|move|get rid of|throw)\b.*\b(?:from|off|on|to) (?:my |the |your |this |another |a )?(?:disk|disc|drive|hard drive|computer|desktop|pc|mac|laptop|phone|folder)\b|\b(?:delete|erase|wipe|trash|rename|overwrite|shred|uninstall)\b (?:(?:the|my|all|of|these|those|any|this|that|longest|shortest|first|last|second|other|whole|worst|loudest) )*{_FILES}\b(?! (?:up|down|by) )(?!.{{0,12}}\b(?:notes?|vocals?|semitones?|octave|key|stems?|playlist)\b)|\b(?:delete|erase|wipe|rename|uninstall)\b.*\b(?:disk|disc|drive|computer|folder|desktop|pc|laptop)\b"),
    ("unsupported", "edit", r"\b(?:clean(?: up)?|remove|get rid of|reduce|take out|filter out)\b (?:the |all |that |some |any )*(?:hiss|noise|clicks?|pops|crackl\w+|hum|static)\b|(?:^|\b(?:you|please|and|just|me to) )(?:please )?(?:auto-?tune|pitch[- ]?correct|re-?tune|de-?noise|de-?ess|equali[sz]e|compress|pan|boost|re-?master) (?:the|his|her|their|my|it|this|that)\b|(?:^|\b(?:you|please|and|just) )(?:please )?(?:add|put|apply|slap)\b(?: (?:some|more|a|bit|of|little|on))* (?:reverb|echo|delay|distortion|auto-?tune|compression|fade|eq|effects?)\b"),
    ("unsupported", "edit", r"^(?:(?:please|now|ok|hey|can you|could you|will you|would you|just)[ ,]*)*(?:fix|correct|tighten|clean up|straighten|quanti[sz]e|align|repair|improve)(?: up)? (?:the |his |her |their |my |its |this )?(?:timing|tuning|pitch|tempo|levels?|mix|rhythm|vocals?|voice|drums?|bass|intonation|notes|wrong notes|sound)\b"),
    ("unsupported", "edit", r"^(?:(?:please|now|ok|hey|can you|could you|will you|would you|just)[ ,]*)*(?:merge|join|combine|concatenate|glue|stitch|splice|layer|overlay|mash(?: up)?) (?:them|these|those|both|the (?:two|three|songs|tracks|files)|it with|this with|#\d)\b"),
    ("unsupported", "generation", r"^(?:(?:please|now|ok|hey|can you|could you|will you|would you|just)[ ,]*)*(?:lower|raise|turn (?:down|up)|reduce|increase|boost|bring (?:down|up)) (?:the |its )?(?:volume|level|loudness|gain)\b"),
    ("decline", "fame", r"\b(?:tell me|what do you know|what can you (?:say|tell me)|anything|something|more|info\w*)\b.{0,16}\babout (?:the |this |that )?(?:band|artist|musicians?|group|performers?|songwriter|producer)\b"),
    ("unsupported", "upload", r"^(?:(?:please|now|ok|hey|can you|could you|will you|would you|just)[ ,]*)*(?:upload|post|publish|share|e-?mail|send|stream|release|tweet)(?: (?:it|this|that|the (?:song|track|file|result|stems|midi)|them))(?: \w+){0,2}? (?:to|on|onto|with|via)\b"),
    ("unsupported", "analysis", r"\b(?:any|are there|is there|hear|where (?:is|are)|how many|good)\b.{0,16}\b(?:drum )?fills?\b(?! (?:in|up|out)\b)"),
    ("unsupported", "words", r"^(?:(?:please|now|ok|hey|can you|could you|will you|would you|help me)[ ,]*)*(?:write|compose|make up|invent|come up with|give|make|generate|create)(?: me| us)? (?:some |the |new |a |my |a few |a set of )*(?:\w+ )?(?:lyrics?|words|text|verses? (?:of )?(?:lyrics|words|text)|rhymes?|rap)(?= (?:for|to|about|that|which|over|in)\b| ?[.!?]*$)"),
    ("unsupported", "generation", r"^(?:(?:please|now|ok|can you|could you|will you|would you)[ ,]*)*play (?:them|these|those|both|the (?:two|songs|tracks))\b(?!.*\b(?:list|set)\b)"),
    ("unsupported", "sing", r"^(?:(?:please|now|ok|hey|can you|could you|will you|would you)[ ,]*)*(?:sing|rap|hum|whistle|beatbox|yodel)\b(?! along| to (?:it|this))(?!.*\b(?:keys?|tones?|semitones?|range|notes?|octave)\b)(?: |$|\?)"),
    ("decline", "off topic", r"^(?:(?:please|now|ok|hey|can you|could you|will you|would you|just)[ ,]*)*(?:(?:write|draft|compose|type)(?: me| us)? (?:an? |my |the |some )?(?:\w+ ){0,2}(?:letter|e-?mail|essay|cv|resume|text message|tweet|poem|speech|story|script|code|program|report for (?:work|school)|review of (?:a|the) (?:film|book|restaurant))\b|(?:open|launch|start|run|close|install) (?:up )?(?:chrome|firefox|safari|edge|the browser|a browser|spotify|youtube|itunes|word|excel|photoshop|ableton|garageband|the terminal|my mail)\b|(?:google|bing|browse|look up on(?:line| the)|search the (?:web|internet|net))\b|(?:call|text|email|e-mail|message|ring|phone) (?:my|mum|mom|dad|him|her)\b|(?:book|order|buy|reserve) (?:me )?(?:a|an|some|the|tickets?)\b|(?:set|start) (?:an?|the|my) (?:alarm|timer|reminder)\b|turn (?:on|off) the\b|(?:remind|wake) me (?:at|in|tomorrow)\b)"),
    ("decline", "off topic", r"\b(?:wi-?fi|pass ?(?:word|phrase|code)|pin code|router)\b|\bwhat (?:time|day|date) is it (?:in|at) [a-z]|\bis the internet\b|\bquelle heure\b|\bwie sp(?:ä|ae?)t ist\b|\bqu[eé] hora (?:es|son)\b|\bche or[ae] (?:è|sono)\b"),
    ("decline", "off topic", r"^(?:(?:can you|could you|please|now|and)[ ,]*)*(?:find|recommend|suggest|search|show|get|play|look)\b.{0,40}\b(?:on|from) (?:spotify|youtube|apple music|soundcloud|tidal|deezer|bandcamp|the (?:radio|internet|web))\b"),
    ("decline", "sales", r"\b(?:did|has|have|had|ever|how high)\b.{0,30}\b(?:peak\w*|reach\w*|get|got|went|go|climb\w*|debut\w*|enter\w*|hit|made it|make it) (?:(?:in|all the way|right|up) )?(?:at |in |to |up to )?(?:the )?(?:number (?:one|two|three|\d+)|no\.? ?\d+|# ?\d+)\b(?: (?:in|on|spot|hit|position|anywhere|back|for|when)\b|\W*$)(?!.*\b(?:track|song|section|chord|bar|beat)\b)"),
    ("unsupported", "loudness", r"\bhow (?:loud|quiet)\b.*\b(?:streaming|spotify|youtube|apple music|tidal|deezer|soundcloud|broadcast)\b"),
    ("structure", "loudest", r"\b(?:where|when|what|which)\b.{0,24}\b(?:energy peak|climax|(?:peak|height) (?:of|in) (?:the )?energy|most energetic (?:part|moment|section|bit|passage)|highest energy|peak energy)\b|\bwhere (?:is|does|are)(?: it| the)? (?:the )?(?:peaks?|high ?points?)\b(?! level)|\b(?:which|what) (?:part|section|bit|passage|moment)s?\b.{0,16}\b(?:most|highest|greatest|peak) (?:energy|energetic|intens\w+|lively|powerful)\b"),
    # -- its makers
    ("decline", "machine", r"\b(?:drum machine|drum computer|programmed|sequenced|sampled)\b.{0,24}\b(?:or|vs\.?|versus)\b.{0,24}\b(?:drummer|human|real|live|acoustic|played|person|kit)\b|\b(?:drummer|human|real|live|acoustic|played|person)\b.{0,40}\b(?:or|vs\.?|versus)\b.{0,24}\b(?:drum machine|drum computer|programmed|sequenced|sampled)\b|\b(?:ai|a\.i\.|suno|udio|computer|machine|algorithm\w*|neural\w*|robots?|bots?)[- ](?:generated|made|written|composed|produced|created|sung|music|song|slop)\b|\b(?:made|generated|written|composed|created|produced|sung|done|spat out) (?:by|with|using|in) (?:an? |some )?(?:ai|a\.i\.|suno|udio|computer|machine|algorithm\w*|robots?|bot|neural\w*|real (?:people|humans?|person)|humans?)\b|\b(?:real|actual|human) (?:humans?|people|person|band|musicians?|singer|voice) or (?:an? |is it )*(?:ai|a\.i\.|computer|machine|robot|bot|synthetic|generated)\b|\b(?:is|was) (?:it|this|that|the \w+) (?:an? )?(?:ai|a\.i\.|suno|deep ?fake)\b(?! in\b)|\bdeep ?fake\b|\bvocaloid\b"),
    ("decline", "resemblance", r"\b(?:who|what|which (?:band|artist|singer)s?|whom)\b.{0,24}\bremind(?:s)? (?:you|me|one|us)\b|\bremind(?:s)? you of (?:any|a|some|who|what|which|an)\b(?! (?:\w+ )?(?:tracks?|songs?|pieces?|tunes?))|\b(?:which|what|any)(?: \w+)? (?:famous |known |other )?(?:band|artist|singer|group|musician|composer|act)s?\b.{0,20}\b(?:sounds?|remind\w*|resembl\w+|similar|reminiscent|like|inspired|influenc\w+)\b(?!.*\b(?:my|our) (?:library|collection)\b)|\bwho (?:does|do|would|is) (?:it|this|that|she|he|they|the \w+) (?:\w+ )?(?:sounds?|like|similar|resembl\w+)(?: like)?\b|\b(?:sounds?|like) (?:like )?(?:which|what|any) (?:famous |known )?(?:band|artist|singer|group)\b|\bwhose (?:voice|style|sound) (?:is|does) (?:it|this|that)\b.*\blike\b"),
    ("decline", "origin", r"\b(?:been|is|was|it's|sounds?|a|are|version|this|it)\b.{0,16}\b(?:sped[ -]up|slowed[ -]down|pitched (?:up|down)|time-?stretched|nightcore|chopped and screwed|slowed and reverb\w*)\b"),
    ("decline", "tuning", r"\bdrop[- ][a-g](?:#|b)?\b(?! (?:from|to|off))|\b(?:standard|alternate|alternative|open [a-g]) tuning\b|\b(?:is|was|are|it) tuned (?:down|up)\b"),
    ("decline", "head count", r"\bhow many (?:different )?(?:people|persons|musicians?|players?|performers?|men|women|folks|heads|band members|guys|souls)\b(?! (?:sing|are singing|can (?:hear|see)|like|know|bought|heard|listen|stream|have (?:heard|bought|seen|listened|streamed|liked)))"),
    ("decline", "fame", rf"\bwhy (?:did|would|was|were|has|have|had|is|are|do|does) (?:the |this |that )?(?:{_MUSICIAN}|they|he|she)\b.{{0,30}}\b(?:split|broke?n?|break|leave|left|quit|fall|fell|sack\w*|fired?|retire\w*|die\w*|disband\w*|divorc\w*|famous|change\w* (?:its|their|his|her) name|reunite\w*)\b|\b(?:the |this |that ){_MUSICIAN} (?:ever |finally )?(?:split|break|broke|reunite|disband)\w*(?: up)?\b|\bwhat (?:ever )?(?:happened|became) (?:to|of) (?:the |this |that )?(?:{_MUSICIAN}|them|him|her)\b"),
    ("decline", "fame", rf"\b(?:is|are|was|were|do|does|did|what|which|how|any idea)\b.{{0,20}}\b(?:{_MUSICIAN}|he|she|they)\b.{{0,24}}\b(?:drunk|stoned|sober|tipsy|hung ?over|on drugs|religio\w+|christian|catholic|muslim|jewish|buddhist|atheist|gay|straight(?! (?:away|in|through|ahead|off|up)\b)|queer|lesbian|vegan|vegetarian|single|married|divorced|pregnant|ill|sick|rich|poor|handsome|good[- ]looking|hot|pretty|blonde?|tall|in love|believe in god|left[- ]handed|star sign|zodiac|republican|democrat|girlfriend|boyfriend|wife|husband|kids|children|nationality|alive|dead)\b(?! (?:key|level|sound|mix|as))|\b(?:is|are|was|were) (?:he|she|they|the {_MUSICIAN}) (?:\w+ )?(?:high|on (?:something|acid|weed|drugs|coke))\b(?! (?:notes?|enough|up|voiced?|pitch\w*|in the))|\bwhat (?:religion|faith|party|star sign|nationality|race|ethnicity|colou?r hair|political \w+)\b.{{0,20}}\b(?:{_MUSICIAN}|he|she|they)\b"),
    ("decline", "opinion", r"\b(?:is|was|are|were) (?:it|this|that|this song|the (?:song|track))(?: really| any| much)? (?:better|worse|as good|nicer) (?:than|as)\b"),
    ("decline", "opinion", r"\bwho(?: else)? (?:would|might|will|could|is going to|is it) ?(?:like|enjoy|love|listen to|buy|for)\b|\bwhat (?:would|could|should) (?:you|i|we|one) (?:do with|change|improve|add to|fix) (?:it|this|that|the (?:song|track|mix|arrangement))\b|\bhow (?:could|can|should|would) (?:i|we|you) (?:improve|better) (?:it|this|that|the (?:song|track|mix|arrangement))\b"),
    ("decline", "opinion", rf"\b(?:which|who|whose)\b.{{0,30}}\b(?:{_MUSICIAN}|guitars?|solo|of them)\b.{{0,30}}\b(?:better|best|worse|worst|nicer|more talented)\b"),
    ("decline", "lyrics meaning", rf"\b(?:is|was|are|were|could|might)(?: not)? (?:it|this|that|the (?:\w+ ){{0,2}}?(?:song|track|chorus|verse|bridge|lyrics?|words|tune|piece|text|refrain|hook|line))(?: be)? (?:really |actually |all |maybe |secretly |supposed to be )*(?:about|dedicated to|addressed to|aimed at|a metaphor for|a dig at)\b (?!\d|(?:{_NUMBER}|as|the same|half|twice|right|time|average|to|every|normal|that|how|medium)\b)"),
    ("decline", "writer", r"\b(?:song-?writer|writer|composer|lyricist|author)\b.{0,30}\b(?:going through|feeling|thinking|mood|mind|had in mind|intend\w*|trying to)\b"),
    ("decline", "language", rf"\b(?:what|which) (?:\w+ )?languages?\b|\bin (?:what|which) tongue\b|(?<!what )\b(?:is|are|was|were|does|do|did) (?:the )?(?:it|this|that|she|he|they|language|lyrics?|words?|song|track|singer|vocals?|singing|voice|text|chorus|verse)(?: (?:sung|sings?|singing|all|really|actually|maybe|in|even))* (?:{_LANGUAGES})\b(?= ?(?:$|[?.!,]|or\b|lyrics|language|words))|\b(?:language|lyrics|words|sung|sings?|singing)\b.{{0,12}}\b(?:{_LANGUAGES})\b(?= ?(?:$|[?.!,]|or\b))"),
    ("decline", "gear", r"\b(?:pick-?ups?\b(?! (?:the|a|from|bars?|beats?|notes?|where|on)\b)|single[- ]coils?|humbuckers?|telecaster|stratocaster|les paul|rickenbacker|marshall (?:amp|stack)|fender|gibson|how many strings\b|whammy bar|tremolo arm)\b"),
    ("decline", "gear", r"\bwhat (?:kind|type|sort|brand|make|model)s? of (?:an? )?(?:drums?|drum ?kit|snare|guitars?|piano|synth\w*|bass|keyboards?|microphone|organ|amp\w*|strings)\b(?! (?:line|part|sound|pattern|beat))"),
    ("decline", "technique", r"\b(?:uses?|using|used|plays?(?: it)? with) (?:an? |his |her |their )?(?:pick|plectrum|slide|bare (?:hands|fingers)|fingers|mallets|brushes|bow)\b"),
    ("decline", "noise", r"\b(?:hiss|hissing|crackl\w+|vinyl (?:noise|pops)|surface noise|background noise|tape noise|pops and clicks|clicks and pops|hum in (?:it|the)|mains hum|(?:any|hear|some|the) static|noisy|noise floor|rumble|wow and flutter|glitch(?:es)?|drop-?outs)\b(?!.*\b(?:genre|instrument)\b)"),
    # -- what can be told of it, in words that no row of `patterns` has
    ("genres", "", r"\b(?:which|what) (?:\w+ )?(?:shelf|shelves|rack|bin|aisle|drawer|section (?:of|in) (?:a|the) (?:\w+ )?(?:shop|store)|pigeon-?hole|box|category|bracket)\b.{0,40}\b(?:record|music|shop|store|library|put|file[ds]?|belong\w*|go(?:es)?|stand|find|sit|fit)\b(?!.*\b\d)(?!.*\b(?:chorus|verse|bar|bars|loud\w*)\b)|\b(?:how|where) (?:would|should|could) (?:a |the )?(?:record|music|cd) (?:shop|store|dealer|library)\b.{0,20}\b(?:file|put|shelve|sort|classify|stock|place)\b|\bwhere (?:would|should) (?:i|you|one) (?:file|shelve|classify) (?:it|this|that)\b"),
    ("beats", "first", r"\b(?:is|are|does|do|has|hear|any)\b.{0,24}\b(?:an? )?(?:upbeat|pick-?up|anacrusis|lead-?in)\b(?! (?:the|truck|song|track|mood|feel))(?=.*\b(?:start\w*|begin\w*|bar|beat|note|before|open\w*)\b)(?!.*\b(?:anything|something|songs|tracks|mood|track|song|tune|pick-?ups)\b)"),
    ("chords", "ease", r"^(?!.*\b(?:how many|list|what chords|which chords|what are)\b).*(?:\b(?:beginners?|novices?|newbies?|starters?|learners?|kids?|child|children|pupils?|students?|easy|easier|hard|harder|difficult|tricky|nasty|complicated|complex|simple|simplest|basic|advanced|cope|manage|handle|scary|fancy)\b.{0,48}\bchords\b(?! (?:version|sheet|chart))(?!.*\b(?:than|most|capo|compare\w*)\b)|\bchords\b.{0,32}\b(?:easy|hard|difficult|tricky|nasty|complicated|complex|simple|basic|advanced|beginners?|scary|fancy|manageable|cope|child|kids?)\b(?!.*\b(?:than|most|capo)\b))"),
    ("melody", "range", r"^(?!.*\b(?:transpose\w*|semitones?|tone|down|drop|knock|shift)\b).*\b(?P<v>mezzo(?:-soprano)?|soprano|contralto|alto|countertenor|tenor|baritone|bass(?= (?:singer|voice|in (?:a|the|my|our) (?:\w+ )?choir)))s?\b(?! (?:sax\w*|recorder|clarinet|horn|flute|trombone|ukulele|clef|drum))(?:(?!\bsing(?:s|ing) (?:it|this|that|here)\b).){0,60}\b(?:reach|sing|sit|sits|cope|manage|comfortabl\w*|range|fits?|suits?|too (?:high|low)|strain\w*|get through|out of (?:my )?reach|able)\b|\b(?:reach|sing|sits?|cope|manage|comfortabl\w*|range|fits?|suits?|suitable|playable|right|too (?:high|low))\b.{0,40}\b(?:for|as|in|by|of|to) (?:an?|the|my|our|most) (?:\w+ )?(?P<w>mezzo(?:-soprano)?|soprano|contralto|alto|countertenor|tenor|baritone)s?\b(?! (?:sax\w*|recorder|clarinet|horn|flute|trombone|ukulele|clef))"),
    # -- what has words of one question and means another
    ("voice", "gaps", r"^(?!.*\b(?:save|export|separate|remove|make|isolate)\b).*\b(?:chunk|clip|stretch\w*|snippet|excerpt|bit|passage|part|section|moment|seconds?|secs?)s?\b.{0,24}\b(?:no|without|free of|before any)\b (?:any )?(?:singing|vocals?|voices?|singer|words)\b"),
    ("unsupported", "spectrum", r"\bhow (?:wide|narrow)\b.{0,12}\b(?:mix|stereo|sound|image|recording|panning)\b|\bhow (?:wide|narrow) (?:is|does) (?:it|this)\b|\b(?:stereo|sound) (?:width|image|field|stage)\b|\bsound ?stage\b"),
    ("unsupported", "analysis", r"\bintervals?\b.{0,40}\b(?:above|below|over|under) the (?:lead|melody|main|tune)\b"),
    ("unsupported", "edit", r"^(?:(?:please|now|ok|hey|can you|could you|will you|would you|just)[ ,]*)*(?:loop|repeat|slow down|play) (?:the |that |this )?(?:\w+ ){0,2}?(?:section|part|solo|chorus|verse|bridge|riff|intro|outro|bit|song|track)s?\b.{0,40}\b(?:speed|practi[sc]e|practicing|slower|\d+ ?%)"),
    ("unsupported", "loudness", r"\b(?:squashed|squished|brick-?walled|over-?compressed|slammed)\b"),
    ("voice", "number", r"\b(?:backing|background|vocal) harmon(?:y|ies)\b(?!.*\b(?:write|key|chords?|generate)\b)"),
    ("caption", "course", r"\bhow (?:does|do|did) (?:it|this|that|(?:the|this|that) (?:song|track|music|piece|tune|recording)) (?:progress\w*|develop\w*|evolve\w*|unfold\w*)\b(?!.*\b(?:key|tempo|chords?|harmon\w+)\b)"),
    ("moods", "", r"\bwhat (?:kinds?|sorts?|types?) of (?:drama|emotions?|feelings?|images?|scene|adventure|reaction|response|sensations?)\b.{0,12}\b(?:evoke|convey|suggest|create|stir|arouse|express)\w*\b|\bwhat (?:does|do|would) (?:it|this|that|(?:the|this|that) (?:song|track|music|piece)) (?:evoke|convey|make (?:you|one|me|people) feel)\b"),
    ("describe", "", r"\b(?:main|key|defining|most striking|notable) (?:characteristics?|features?|traits?|qualit(?:y|ies)) (?:of|in) (?:it|this|that|(?:the|this|that) (?:\w+ )?(?:song|track|music|piece|tune|recording|performance))\b"),
    ("instruments", "", r"\b(?:solo|single|one) (?:instrument|performance|player|performer|musician|artist)s?\b.{0,24}\bor\b.{0,24}\b(?:band|ensemble|group|orchestra|duo|duet|several|many|more|multiple)\b|\b(?:is|was) (?:it|this|that) (?:played )?(?:by )?(?:an? )?(?:solo (?:performance|recording|piece|work)|ensemble|full band|orchestra|small group)\b|\b(?:which|what|whose) (?:\w+ )?instruments?\b.{0,40}\b(?:plays?|playing|carr(?:y|ies)|responsible for)\b.{0,16}\bbass ?-?lines?\b"),
    ("voice", "gender", r"\b(?:which|what) (?:types?|kinds?|sorts?) of (?:voices?|singers?|vocalists?|vocals?) (?:is|are|sings?|does|do|can|leads?|performs?|has)\b(?! (?:he|she|the singer))"),
    ("genres", "has", r"\b(?:is|would you call|does) (?:it|this|that|the (?:song|track|music|piece))(?: \w+)? (?P<v>easy[- ]listening)\b"),
    ("decline", "origin", r"\b(?:what|which) (?:\w+ )?(?:game|movie|film|series|show|ad|advert|commercial|trailer)s?\b.{0,24}\b(?:featured|used|appear\w*|heard|come|from|played)\b"),
    ("voice", "number", r"\b(?:backing|background) (?:vocals?|singers?|vocalists?)\b.{0,24}\b(?:play|role|do|contribute|add)\b|\brole\b.{0,16}\b(?:backing|background) (?:vocals?|singers?)\b|\b(?:additional|other|second|more) (?:vocal (?:parts?|lines?)|voices?|vocalists?|singers?)\b.{0,24}\b(?:besides|apart from|than|in addition)\b"),
    ("decline", "place", r"\bwhere\b.{0,24}\b(?:performance|concert|recording|gig)\b.{0,16}\b(?:tak(?:e|ing|es) place|happen\w*|held|set)\b"),
    ("instruments", "", r"\b(?:accompanying|backing|supporting) instruments?\b"),
    ("instruments", "", r"\b(?:what|which) (?:kinds?|sorts?|types?) of sounds? (?:is|are|do|can|does)\b(?! (?:it|this|that|the (?:song|track|piece)) (?:sound|belong))"),
    ("melody", "range", r"^(?!.*\b(?:sax\w*|clarinet|recorder)\b)(?=.*\b(?:transpos\w+|what key|which key|best key|good key|move it|shift it|put it)\b).*\b(?:for|suit(?:s|able)?|fits?)\b (?:an? |my |our |the )?(?:\w+ )?(?P<v>mezzo(?:-soprano)?|soprano|contralto|alto|countertenor|tenor|baritone)s?\b"),
    ("key", "capo", r"\b(?:easier|simpler|friendlier) key\b(?!.*\b(?:sing|voice|singer)\b)|\bkey\b.{0,24}\b(?:easier|simpler|friendlier) (?:to play|on (?:the )?guitar|for (?:the )?guitar|chords)\b"),
    ("talk", "blame", r"^are you (?:deaf|blind|drunk|stupid|dumb|kidding)\b.{0,24}$"),
    ("key", "camelot", r"\b(?:what|which) keys? (?:should|would|could|must|can|do i want) (?:the|my) (?:next|following) (?:track|song|one|tune)\b"),
    ("decline", "resemblance", r"\b(?:name|list|tell me|give me|what are)\b.{0,16}\bsimilar (?:bands|artists|singers|acts|groups)\b|\b(?:bands|artists|singers|acts|groups) (?:like|similar to) (?:this|it|these)\b"),
    ("beats", "first", r"^(?:any |and |are there (?:any )?|is there (?:an? )?)*(?:pick-?up|upbeat|anacrusis)(?: (?:notes?|bars?|beats?))?[ ?.!]*$"),
    ("unsupported", "loudness", r"\b(?:louder|quieter|softer) than (?:most|other|typical|average|normal|usual|modern|commercial)\b|\b(?:spotify|youtube|tidal|apple music|deezer|streaming\w*) (?:\w+ )?(?:change|turn|touch|lower|raise|adjust|alter|limit|normali[sz]e)\b"),
    ("voice", "number", r"\b(?:same|one|only one|single|different|another|two) (?:singer|vocalist|voice)s? (?:all the way|throughout|the whole|all through|from start)\b"),
    ("chords", "", r"\b(?:any|some)thing\b.{0,30}\b(?:harmonically|in the (?:harmony|chords|changes)|with the (?:harmony|chords|changes))\b"),
)  # fmt: skip
"""Topic, aspect, and what the plain question has in it; the first that fits is meant."""
_TABLE = tuple((topic, aspect, re.compile(pattern)) for topic, aspect, pattern in _ROWS)
TOLD = re.compile("|".join(re.sub(r"\?P<\w+>", "?:", pattern) for _, _, pattern in _ROWS))
"""Words of any of the rows."""
_PART = re.compile(
    r"[?!;]+\s*|(?<=[a-z\d])\.\s+|,?\s+(?:and|but|also|or|then)\s+(?=(?:what|which|how|is|are|does|do|when|where|who|give|tell|list|show)\b)"
)
_CHORD = r"[A-G][#b♯♭]?(?:m|min|maj|7)*"
_VOICES = r"mezzo(?:-soprano)?|soprano|contralto|alto|countertenor|tenor|baritone|bass"
_SINGS = r"\b(?:sing|reach|manage|range|suits?|too high|too low|voice)\b"
_OWN_VOICE = re.compile(
    rf"{_SINGS}.{{0,24}}\b(?:i am|my voice is) an? (?:\w+ )?({_VOICES})\b(?! (?:player|guitar\w*|sax\w*))"
    rf"|\bi am an? (?:\w+ )?({_VOICES})\b(?! (?:player|guitar\w*|sax\w*)).{{0,24}}{_SINGS}"
)
"""Somebody's own voice, for which a tune may lie well or not."""
_LIKE_SOMEONE = re.compile(
    r"^\W*(?:[Dd]oes|[Dd]o|[Dd]id|[Ww]ould you say|[Ii]s|[Ii]sn't|[Dd]oesn't|[Dd]on't|[Cc]ould|[Mm]ight)\b[^?.!]*?\b(?:sounds?|sings?|plays?|remind(?:s)?(?: (?:you|me))?|sounding|a bit|kind of)(?: \w+){0,2}? (?:like|of) (?:the )?(?P<name>(?!I\b)[A-Z][\w'-]{2,}(?: [A-Z][\w'-]+)*)",
)
_KNOWN_CHORDS = re.compile(
    rf"\b(?:know|play|learnt|learned|learn|using|use|with|have|got|stick to|knows|plays)\b[^?.!]{{0,24}}?(?P<row>\b{_CHORD}(?:(?:,? (?:and |or |& )?|, ?|/|-){_CHORD}\b){{2,}})"
)
OPEN_CHORDS = "C, A, G, E, D, Am, Em, Dm"
"""Chords that a guitar has without a barre."""
_NO_BARRE = re.compile(
    r"\b(?:no|without|avoid\w*|skip\w*|not? (?:need|have|use)\w*|sans|ohne|sin|senza|sem)\b.{0,30}\bbarr[eé]s?\b|\bbarr[eé][- ]free\b|\b(?:only|just) (?:the )?open chords\b|\bopen chords (?:only|alone)\b"
)
_PLAYS_ALONG = re.compile(
    r"\b(?:capo|strum|along|play (?:it|this|that)|get (?:by|away)|enough|manage|cope|guitar|ukulele)\b"
)


def find(text: str, question: str, situation: Situation) -> tuple[Ask, ...]:
    """Return what a question asks where all of it is read here, else none.

    Parameters
    ----------
    text : the plain question
    question : as it was typed, which tells the chord A from the word
    """
    if known := _strums(text, question, situation):
        return (known,)
    if mine := _OWN_VOICE.search(text):
        voice = next(g for g in mine.groups() if g)
        return (Ask("melody", "range", default_tracks(situation), value=voice),)
    if len(situation.tracks) == 1 and (theirs := mixed_with(text)):
        return (Ask(CLOSER, "mixes", default_tracks(situation), value=theirs),)
    if _likened(question):
        return (Ask("decline", "resemblance", default_tracks(situation)),)
    parts = [part for part in _PART.split(text) if part and part.strip(" ,.?!")]
    read = [row(part, situation) for part in parts]
    if not any(read):
        whole = row(text, situation)
        return (whole,) if whole and len(parts) == 1 else ()
    if any(not ask and _asks_more(part) for ask, part in zip(read, parts, strict=True)):
        return ()
    return tuple(dict.fromkeys(ask for ask in read if ask))[:2]


def _asks_more(part: str) -> bool:
    """Tell whether a part that is none of ours is a question about the music."""
    done = limits.name_of(limits.DEEDS, part)
    return bool(patterns.match_rules(part, patterns.TOPICS) or (done and done[0] in DONE))


def wanted(text: str) -> str:
    """Return a plain question without what it asks not to have done, where it asks for more."""
    leave = next(pattern for _, aspect, pattern in _TABLE if aspect == "leave")
    found = re.match(
        rf"(.*?)(?:please )?(?:{leave.pattern})[^,.;!?]*[,.;!?]\s*(?:and |but |just |only )*", text
    )
    rest = f"{found[1]}{text[found.end() :]}" if found else ""
    return rest if patterns.match_rules(rest, patterns.TOPICS) else text


def row(text: str, situation: Situation) -> Ask | None:
    """Return what one part of a plain question asks, None where it is none of ours."""
    for topic, aspect, pattern in _TABLE:
        if found := pattern.search(text):
            value = next((g for g in found.groups() if g), "")
            tracks = () if topic in ("talk", "unsupported") else _meant(text, situation)
            polar = topic == "voice" and bool(patterns.POLAR.match(text))
            return Ask(topic, aspect, tracks, value=value, polar=polar)
    wanted = asked(text)
    if wanted and len(situation.tracks) > 0:
        return Ask("use", "", _meant(text, situation), value=wanted)
    return None


def _meant(text: str, situation: Situation) -> tuple[str, ...]:
    return find_reference(text, situation).handles or default_tracks(situation)


def _likened(question: str) -> bool:
    """Tell whether a question likens a recording to someone by name: "does it sound like Prince?"."""
    found = _LIKE_SOMEONE.search(question)
    return found is not None and not set(found["name"].lower().split()) & known_words()


def _strums(text: str, question: str, situation: Situation) -> Ask | None:
    """Return the ask for a capo with which chords that someone knows are enough."""
    if _NO_BARRE.search(text):
        return Ask("key", "capo", _meant(text, situation), value=f"with {OPEN_CHORDS}")
    known = _KNOWN_CHORDS.search(question)
    if known is None or not _PLAYS_ALONG.search(text):
        return None
    chords = re.findall(_CHORD, known["row"])
    return Ask("key", "capo", default_tracks(situation), value="with " + ", ".join(chords))
