"""The words in which people order new music: who is asked, what is made, of what, and how it leans.

All are searched in plain text (`agent.rules.wording.plain`).
"""

import re

TOOLS = ("generate", "continue_track", "variation", "accompany")

_LEAD = r"^\W*(?:(?:please|now|ok(?:ay)?|and|then|hey|hi|hello|there|so|great|cool|nice|thanks|right|alright|well|just|um|uh|oh)[,!. ]+)*"
ORDER = (
    _LEAD + r"(?:(?:can|could|would|will) (?:you|we|someone) (?:please |also |now |maybe )*"
    r"|(?:i would|i'd|id|i|we) (?:really )?(?:like|want|need|love)(?: you)?(?: to)? (?:(?:have|hear|get) )?"
    r"|(?:let us|let's|try to|how about|what about) |please )?"
)
"""How an order begins, as far as the verb."""
_UP = r"(?:together|up|out|down)"
MAKES = (
    r"(?:generate|compose|write|make|create|produce|improvise|invent|come up with|arrange|sketch|jam|lay down|build|craft|score|design|program|do|start(?= an? new\b)"
    rf"|(?!(?:look|pull|find|pick|dig|queue|line|bring|figure|point|split|break|turn|slow|speed|count|cut|filter|note|print|sum|end|start|show|open|load|give|cue|take)\b)[a-z]{{2,9}} (?:me |us )?{_UP}(?= (?:an?|some|something|another|\d+)\b)"
    r")(?: me| us| up| out)*"
)
"""What makes something; "knock together", "dream up", "rustle up": any such verb of an order."""
WANTS = (
    r"(?:(?:give|send|hit|treat|hook|sort|fix|set|drop|spin|do|get)(?: (?:me|us|my \w+|the \w+|him|her|them))(?: up| out)?(?: with| to)?|give|get|i need|i want|need|want|i am after|i am going to need|going to need"
    r"|(?:have you |have we )?got (?:any )?chance of|any chance of|how about|what about|(?:i )?fancy|i would (?:like|love)|(?:i )?could (?:really )?(?:do with|use)|gimme|(?:can|could) (?:i|we) (?:get|have|hear)|(?:let me|let us) (?:hear|have|get))"
)
_STYLES = (
    r"pop|rock|folk|classical|jazz|blues|funk|latin|reggae|electronic|techno|house|hip[- ]?hop|ambient"
    r"|country|lo-?fi|trap|disco|metal|soul|edm|trance|ska|dnb|drum and bass|gospel|punk|boom ?bap"
)
_DANCES = (
    r"waltz(?:es)?|march(?:es)?|lullab(?:y|ies)|chorale|minuet|reel|jig|hornpipe|polka|tango|bossa(?: nova)?|samba|rumba|mambo"
    r"|fugue|canon|serenade|rag(?:time)?|shanty|hymn|carol|nocturne|prelude|sonata|[ée]tude|anthem|ballad|ditty"
)
_KINDS = (
    r"piece|tune|song|track|melod(?:y|ies)|music|blues|beats?|loops?|groove|riff|jingle|theme|composition|(?:chord )?progression|soundtrack|instrumental|jam"
    rf"|{_DANCES}|vamp|pads?|drone|number|interlude|exercise|drill|study|subject|scene|accompaniment"
    r"|verse|chorus|bridge|intro|outro|ending|bars|measures|minutes?|seconds|something|anything|chords"
    r"|backing|rhythm|round|bass ?line|solo"
)
AMOUNT = (
    r"(?:(?:about|around|roughly|like|maybe) )?(?:\d+|one|two|three|four|five|six|eight|ten|twelve|sixteen|twenty|thirty|a few|a couple of|a|an|half a)"
    r"(?: |-)?(?:seconds?|secs?|s|minutes?|mins?|bars?|measures?)(?: or so)? of"
)
_ADJECTIVE = (
    r"(?:(?!(?:like|the|this|that|it|an?|is|are|was|has|have|had|does|do|did|you|i|we|me|got|any|what|which|who|how|where|when|can|could|show|tell|find|come|comes|in|of)\b)"
    r"[\w'#-]+,? )"
)
_MADE = (
    r"(?:groove|beat|riff|jingle|vamp|waltz|march|lullaby|chorale|[ée]tude|bass ?line|lick|twelve[- ]bar(?: blues)?|12[- ]bar(?: blues)?|drum (?:loop|pattern|fill|groove|beat)"
    r"|beat loop|drone|fugue|polka|tango|samba|bossa(?: nova)?|minuet|jig|hornpipe|ragtime|shanty|sight[- ]?reading exercise|drone|counter ?melody|practi[cs]e (?:loop|track)|(?:\d+|four|eight|sixteen) bar loop|jam (?:in|over|at)|pads)"
)
"""What is seldom asked for but to be made: of a song one may ask for one that is there."""
_MAYBE = r"(?:piece|melody|(?:chord )?progression|loop|jam|blues|backing(?: track)?|play[- ]?along|exercise|study|tune|instrumental)"
"""What is made where its key, its tempo or its length is given with it."""
_LENGTH = r"(?:\b\d+(?: |-)?(?:bars?|seconds?|s|minutes?)\b|\b(?:a|one|half a|two|three) minutes?\b)(?!.*\b(?:than|between)\b)(?<!than )"
_SPEC = r"(?:\bin [a-g](?: ?(?:#|b|flat|sharp))?(?: (?:minor|major|dorian|mixolydian|lydian|phrygian|aeolian))?\b(?! ?\d)|\b\d+ ?bpm\b|\bat \d{2,3}\b(?!:)|\bover (?:[a-g](?:#|b)?(?:m|maj|min|dim|aug|sus|7|9)*\d? ){2,})"
_THERE = (
    r"(?! (?:count|per|number|grid|marker|position|map|of (?:it|this|that|the)|from|in (?:it|this|that|there|the)|that is (?:in|on)|stem|stems|only|only please|midi|isolated)\b)"
    r"(?!.*\b(?:is|are|was|is not)\b)"
)
"""What follows a part that is there already, and so is not made."""
_ANOTHER = r"(?:an?|some|another|one|two|three|four|five|six|eight|ten|twelve|sixteen|twenty|thirty|\d+|new|more|short|slow|fast|us|me)"
NEW = re.compile(
    rf"^(?:.{{0,40}}\b{WANTS} (?:me |us )?|{ORDER})(?:{MAKES} )?{AMOUNT} (?!(?:silence|it\b|this\b|that\b|the\b|#))\w"
    rf"|^{ORDER}(?:{WANTS} )?(?:an?|some|another) (?:(?:\w+ )?(?:demo|bit|sketch|burst|touch|snippet|taste|round) of (?:an? |some )?)?{_ADJECTIVE}{{0,6}}?{_MADE}\b{_THERE}"
    rf"|^{ORDER}(?:{WANTS} )?(?:an? |some |another )?{_ADJECTIVE}{{0,5}}?(?:{_MADE}|{_MAYBE})\b{_THERE}(?=[^?]*$)(?=.*(?:{_SPEC}|{_LENGTH}))(?!.*\b(?:song|songs|tracks)\b)"
    rf"|^{ORDER}(?:{WANTS} )?(?:some )?{_ADJECTIVE}{{0,5}}?(?:something|music|{_STYLES})\b(?=[^?]*$)(?=.*{_LENGTH})(?!.*\b(?:song|songs|tracks|under|over|at least|longer|shorter)\b)"
    rf"|{ORDER}{MAKES} (?:sth|smth|summat|somethin)\b"
    rf"|{ORDER}{MAKES} (?:{_ANOTHER}\b ?)+(?:[\w,'#/&♭♯-]+ ){{0,12}}?(?:{_KINDS}|{_STYLES})\b"
    rf"|{ORDER}{MAKES} (?:something|anything|music)\b"
    rf"|{ORDER}(?:put|throw|knock|bang|toss|string|whip|cook|dream|rustle) (?:(?!it\b|this\b|that\b|the\b)[\w#'-]+ ){{1,8}}?(?:together|up)\b(?!.*\b(?:set|list|playlist)\b)"
    rf"|{ORDER}(?:generate|compose|improvise) (?:\S+ ?)+"
)
NOT = re.compile(
    r"\b(?:play ?list|set ?list|dj set|notes? (?:that|about|on|for|to)|a note|list of|summary|caption"
    r"|description|report|table|chart|lead sheet|sheet music|transcri\w+|midi|musicxml|stems?|karaoke"
    r"|acapella|a cappella|instrumental version|backing track (?:of|from|for) (?:it|this|that|#\d+)"
    r"|chords (?:only|alone)|(?:just|only) (?:the )?(?:new )?chords|without (?:the )?(?:vocals|voice|singer)|loop (?:of|from|at)(?! \d{2,3}(?![:.\d]))|song list|track list"
    r"|lyrics?|tabs?|tablature|spectrogram|screenshot|picture|click track|cover (?:of|letter|art)|remix|dj|song title"
    r"|copy|ringtone|mp3|wav|flac|pdf|spreadsheet|guess|mistake|sense|difference|out of tune|idea of|(?:my|the|your) (?:library|collection)"
    r"|(?:into|to|as) an? (?:score|file|picture|spreadsheet)|songs (?:with|in|at|like|that|of)|cut (?:it|this|out)|playing (?:at|the same))\b"
    r"|\b(?:compose|write|generate|make|create|draft|design|produce|build|do)(?: me| us)?(?: an?| some| the| my)?(?: \w+)? (?:e-?mails?|letters?|essay|poem|poetry|story|stories|code|script|speech|review|article|blog|post|bio|biography|account|logo|homework|website|app|recipe|joke|sentences?|paragraphs?)\b"
    r"|^\W*(?:so |and )?(?:can|could|do) you (?:actually |also |even |really )?(?:make|write|compose|generate|create|produce) (?:music|songs|tunes|beats|pieces|melodies|tracks)[ ?!.]*$"
)
"""What is no new music, though it is made."""
SOUND = re.compile(
    r"\b(?:make (?:it|this|that|#\d+) (?:a (?:bit|little) )?(?:more |much )?(?:loud|quiet|bett|soft|clear|clean|bigg)\w*"
    r"|make (?:it|this|that|#\d+) sound (?:a (?:bit|little) )?(?:more |less |much )?(?:warm|bright|punch|crisp|full|wide|fat|thick|muddy|harsh|better|louder|clean|clear|professional|analog)\w*"
    r"|play (?:it|this|that|me|back|the (?:song|track|chords|intro|longer|first|second|other))|sing\b"
    r"|hum\b|remix|speed (?:it|this) up|slow (?:it|this) down|(?:pitch|time)[- ]?(?:shift|stretch))"
)
"""What is done to the recording itself, which is not made anew here."""

_IT = r"(?:it|its|(?:part|section) [a-h]\b|this|that|these|#\d+|(?:its |these |this |the (?:first |second |third |last )?)?(?:song|track|chords|changes|chorus|verse|groove|beat|tune|piece|melody|bridge|intro|outro|one))"
LEANS = (
    r"(?:(?:(?:that|which|to) (?:would |can )?)?(?:go(?:es)?|fits?|sits?|works?|runs?|plays?|sound good|practi[cs]e)(?: (?:well|nicely|along|great))?"
    rf" (?:with|under|over|on|to|on top of|above|behind|beneath|around) {_IT}\b|(?:over|under|on top of|above|beneath|underneath|behind|around) {_IT}\b)"
)
_PART = (
    r"(?:drums?|drummer|(?:drum |disco |house )?beat|bass ?lines?|bass|bassist|percussion|congas?|groove|chords?|guitars?|piano|pianist|keys|strings?|band|organ|synth|pads?|lead|solo|harmon(?:y|ies)"
    r"|counter[- ]?melod(?:y|ies)|descant|melod(?:y|ies)|top ?line|hook|horns?|brass|violin|viola|vocals|cello|flute|sax|saxophone|trumpet|clarinet|choir|backing|rhythm section|accompaniment|hi-?hats?|shaker|tambourine|ostinato|riff|arpeggios?)(?: section| arrangement)?"
)
_PARTS = rf"(?:an? |some |another |a second |second |more |in )?{_ADJECTIVE}{{0,4}}?{_PART}"
_WITH_IT = rf"(?:for|to|under|over|on|onto|on top of|above|behind|beneath|underneath|below|with|around|in) (?:{_IT}\b|my\b)"
ACCOMPANY = re.compile(
    r"\b(?:accompan\w+|improvi[sz]e (?:over|on|along|with|to)|play along|jam (?:along|with)|back(?:ing)? (?:me|it|this|that|band)\b|band (?:for|under|behind|to)|harmoni[sz]e|be (?:my|our|the) (?:\w+ )?(?:band|drummer|bassist|pianist))"
    rf"|\b(?:bass ?lines?|counter[- ]?melod(?:y|ies)|harmony|descant|drum (?:part|beat|groove)|rhythm section|backing(?: track)?|pads?|strings|(?:{_PART}) (?:part|line)s?) (?:for|to|under|over|on|that) {_IT}\b"
    rf"|\b(?:{_PARTS})\b(?: \w+){{0,5}}? {LEANS}"
    rf"|{ORDER}(?:add|put|lay|stick|chuck|throw|layer|overdub|drop|play|give it|give this) (?:me |us )?(?:{_PARTS})\b(?: (?:part|line|track|loop|pad|groove))?(?: \w+){{0,3}}? {_WITH_IT}"
    rf"|{ORDER}{MAKES} (?:{_PARTS})\b(?: (?:parts?|lines?|tracks?|loops?|grooves?))? {_WITH_IT}(?! (?:same|key|tempo|style|mood|meter))"
    rf"|^(?:it|this|#\d+|the (?:song|track|tune)) (?:needs|wants|lacks|is missing|could (?:use|do with)) (?:{_PARTS})\b.*\b(?:write|make|add|can you|could you|please)\b"
    rf"|{ORDER}(?:add|overdub|layer(?: in)?|give (?:it|this|#\d+)) (?:me |us )?(?:{_PARTS})\b(?! \w+ (?:to|in|on) my)"
)
PLAYS_ALONG = re.compile(
    ORDER
    + r"(?:accompan|add\b|harmoni|play along|back\b|jam|put\b|lay\b|stick\b|chuck\b|throw\b|layer|overdub|drop\b|give (?:it|this|#)|be (?:my|our|the)\b)"
    + r"|^(?:it|this|#\d+|the (?:song|track|tune)) (?:needs|wants|lacks|is missing|could)\b"
)
PART_ASKED = re.compile(
    rf"^{ORDER}(?:{WANTS} (?:me |us )?(?:an? |some |another |a second )?|(?:an?|some|another) ){_ADJECTIVE}{{0,4}}?{_PART}\b(?: (?!(?:is|are|comes?|enters?|starts?|in|from)\b)\w+){{0,6}}?"
    rf" (?:{LEANS}|(?<=accompaniment )(?:for|to|of) {_IT}\b|(?<=backing )for {_IT}\b)"
)
"""An order of a part that is to go with what is there; "the bass" of it is there already."""
_SECTION = r"(?:verse|chorus|bridge|section|part|ending|outro|coda|middle (?:8|eight)|breakdown)"
CONTINUE = re.compile(
    r"\b(?:continu\w*|go on|carry on|keep going|extend|prolong|pick up|finish|complete)\b(?:(?! in my).)*(?:\b(?:it|this|that|track|song|piece|tune|music"
    rf"|from)\b|#\d+)|\b(?:second|another|next|new|extra|third|final|last) {_SECTION}\b"
    rf"|\b(?:write|compose|generate|make|create|add|give (?:it|this|#\d+)|put|stick) (?:an?|another|the|one more) (?:\w+ )?(?:{_SECTION}|continuation)\b(?!.* at \d)"
    r"|\b(?:what (?:happens|comes|goes) next|how (?:it|this) (?:goes on|continues|might (?:go on|continue)))\b|\b(?:make (?:it|this) (?:go on|last|run|keep going)|keep (?:it|this) going|take it from)\b"
    r"|\b(?:\d+|two|four|eight|twelve|sixteen|thirty|a few|another|some) (?:\w+ )?(?:more )?(?:bars|seconds|minutes?|measures)(?: more)? (?:of (?:it|this|that)|to (?:it|this|that|the (?:end|song|track)))\b|\badd (?:\w+ )?more (?:bars|seconds|measures|of it)"
)
GOES_ON = re.compile(
    ORDER
    + r"(?:continu|go on|carry on|keep going (?:from|with)|keep (?:it|this) going|add \w+ (?:\w+ )?(?:bars|seconds|minutes?|measures)|add (?:\w+ )?more\b|extend|prolong|pick up|finish (?:it|this|that|off|#|the (?:song|track|piece|tune))|complete (?:it|this|#|the (?:song|track|piece|tune))|take it from\b.*\b(?:new|else)"
    r"|make (?:it|this) (?:go on|last|run|keep going)"
    rf"|(?:add|give (?:it|this|#\d+)|put|stick) (?:an?|another|one more) (?:\w+ )?{_SECTION}\b)"
    r"|^[^?]{0,60}[,.;] *(?:so |and )?(?:can|could|would|will) you (?:please )?(?:finish|continue|extend)\b"
)
KEEP = re.compile(
    r"^(?:and |now |ok(?:ay)? |yes |great |nice |cool |please |,)*(?:keep (?:it )?(?:going|playing)|go on|carry on|continue|more of (?:it|that|this)|longer)(?: please| then)*[ .!]*$"
)
"""What makes a piece just made go on."""
_STYLED = rf"(?:(?:\w+ ){{0,2}}?(?:{_STYLES}|{_DANCES}|swing|jingle|lullaby|song|tune|piece|version|(?:string |brass |wind )?(?:quartet|quintet|trio|duet|orchestra|band|choir))|salsa|(?:in )?(?:minor|major))"
_MANNER = rf"(?:(?:as|in ?to|to|like|for|in) (?:an? |the )?(?:{_STYLED}|solo \w+|[\w ]{{0,20}}\b(?:style|feel|mood))\b|in [3-9]/[48]\b|in (?:[a-g](?: ?(?:#|b|flat|sharp))? )?(?:minor|major)\b|in an? (?:minor|major) key|with (?:new|other|different|richer|jazz\w*) (?:chords|harmon\w+))"
"""How a track is to be otherwise: "as a waltz", "into techno", "for string quartet", "in 3/4"."""
_THIS = r"(?:it|this|that|#\d+|(?:this|that) (?:one|song|track|piece|tune)|the (?:song|track|piece|tune))"
VARIATION = re.compile(
    r"\b(?:the )?same (?:song|thing|piece|tune|track|one|again|music) (?:again )?(?:but|only|just|except)\b|\bsame again (?:but|only)\b"
    r"|\b(?:variations?|variant|version|arrangement|reharmoni[sz]\w*|rearrange\w*|re-?imagin\w*|rewrite)\b"
    r"|\b(?:make|turn|do|have|play|imagine) (?:it|this|that|#\d+)(?: (?:one|song|track|piece))? (?:sound )?(?:a (?:bit|little) )?"
    r"(?:(?:more |much |less )?\w+er\b|more \w+|less \w+|in(?:to)? an?\b|into\b|in (?:minor|major|[a-g]\b)|as an?\b|minor|major|faster|slower|sad|happy)"
    rf"|\b(?:do|make|rework|transform|arrange|recast|adapt|cover|turn|change|convert|redo|set|hear|want|have|play|like|translate|flip|remake|put) {_THIS} {_MANNER}"
    rf"|\bmake {_THIS} (?:an? )?(?:{_STYLED})\b(?! key)|\bsimplify {_THIS}|\b(?:want|would like|hear|have|do|make|play) {_THIS},? (?:but|only|just) (?:(?:a (?:bit|little|lot)|much|way|slightly) )?(?:(?!other\b|ever\b)\w{{3,}}er\b|more \w+|less \w+|with(?:out)? \w+|{_MANNER})|\b(?:take|spin) on {_THIS}|\bwhat if {_THIS} (?:were|was|went|sounded|had been) (?:an? )?(?:{_STYLED}|{_MANNER})"
    rf"|\b(?:could|can|might) {_THIS} be (?:turned|made|changed|rewritten|arranged|transformed|played) {_MANNER}|\b(?:sound|be like|go|feel) {_MANNER}"
)
ABOUT = re.compile(
    r"\b(?:it|this|that|these|the (?:song|track|piece|tune|chords)|same)\b|#\d|\bvariations?\b|\b(?:arrangement|version)\b(?! of\b)"
)
_VERSION = r"(?:variations?|version|arrangement|take)\b"
CHANGES = re.compile(
    ORDER
    + r"(?:reharm|rearr|re-?imag|rewrite|turn|rework|transform|recast|adapt|redo|remake|simplify|translate|flip|what if\b|(?:could|can|might) (?:it|this|that|#\d+|the (?:song|track|piece|tune)) be\b"
    rf"|(?:arrange|cover|change|convert|do|set|put|make|hear|have|let (?:me|us) hear) {_THIS}|(?:i )?(?:want|like|(?:want|like) to hear) {_THIS}|{_THIS},? (?:but|only|just)\b|{_THIS} {_MANNER}"
    r"|(?:what|how) (?:would|might|could|does) (?:it|this|that|#\d+|the (?:song|track|piece|tune)) (?:sound|be like|go|feel)\b"
    rf"|(?:(?:do|try|give (?:me|us)|show (?:me|us)|hear) )?(?:an? |some |(?:two|three|a few|a couple of) )?(?:(?!which|what|whose|is|the|my|your|this|that|live|original)\w+ )?{_VERSION}|(?:do |have |hear )?(?:the )?same\b)"
)
ON = re.compile(
    r"^(?:and |now |ok(?:ay)? |so |then |but |but now |right )*(?!one more (?:time|thing))(?:do |make |try |have |play )?(?:it |that |this |the same |one )?(?:again )?(?:but |only |just )?"
    r"(?:(?:a (?:bit|little|lot|touch) |much |way |slightly |even )*(?:more \w+|less \w+|(?!(?:longer|shorter|other|better|another|ever|never|number|lower|louder|quieter)\b)\w{3,}er|in (?:[a-g](?: ?sharp| ?flat|#|b)? )?(?:minor|major)|with (?:an? |some |more |no )?\w+|without (?:the )?\w+|as an? [\w ]+|in [3-9]/[48]))"
    r"(?: please| this time| now| then| instead)*[ ?.!]*$"
)
"""What is to be otherwise in a piece just made: "now quicker", "again but with strings"."""
AGAIN = re.compile(
    r"^(?:and |now |ok(?:ay)? |so |nice |great |cool |no |please |,|can (?:i|we|you) |could (?:i|we|you) |let me |let us |i (?:want|would like) )*(?:(?:make|do|give|get|try|have|hear|write|compose|generate|show)(?: me| us)? )?"
    r"(?:another(?: (?:one|go|try|take|version|attempt|piece))?|one more(?: (?:time|like (?:it|that|this)))?|a (?:new|different|fresh|second) (?:one|take|try|version|attempt)|(?:it |that )?(?:once )?again|more like (?:that|this|it)|something else|try again)"
    r"(?: (?:like (?:that|this|it)|please|then|now|of (?:those|these|them)))*[ ?.!]*$"
)
"""The same order again, which rolls other dice."""
ASKS_ON = re.compile(
    r"[,;.?!:] *(?:and |but |so )?(?:(?:which|what|how|where|when|who|why)\b(?! about)|(?:is|does|do|did|are|should|can) (?:it|i|we|they|there)\b)"
)
"""A wish that only leads to a question: "I'd like to jam along, which scale fits?"."""
LIKE = re.compile(
    r"\b(?:something|anything|one|a (?:piece|song|track|tune)) similar\b|\b(?:like|similar to|in the style of|based on|inspired by|(?:in|at|with|over) the same (?:key|tempo|speed|bpm|chords|meter|style|mood|feel))\b"
)
LIKE_IT = re.compile(
    r"\b(?:something|anything|one|a (?:piece|song|track|tune)) similar\b(?! to (?!it\b|this\b|that\b))|"
    + LIKE.pattern
    + r"(?: (?:it|this|that)\b|(?<=key|ood|yle|eed|bpm|rds|ter|eel|mpo))"
)
FROM = re.compile(r"\bfrom\b|\bat\b|\bafter\b")

# ---- what an order says of the music itself ------------------------------------------------------

ORDERED = re.compile(
    rf"(?:{ORDER})(?:{MAKES}|(?:continue|go on|carry on|extend|reharmoni[sz]e|rearrange|accompany)(?: with)?"
    r"|improvi[sz]e|add|put|lay|stick|turn|play along|rework|transform|recast|adapt|redo|cover|change|convert|hear|try"
    rf"|{WANTS}(?: me| us)?)?(?:\b|(?=#)) *(?:(?:a|an|some|another|me)\b *)*",
    re.IGNORECASE,
)
_IN_SECTION = r"\b(?:(?:from|after|for|over|under|in|to|behind) (?:part|section) [a-z]\b(?! (?:minor|major|flat|sharp))|(?:from|after|for|over|under|in|to|behind|during|on|above|beneath) (?:the |its )?(?:(?:first|second|third|last|final|next|1st|2nd|3rd) )?(?:verse|chorus|bridge|intro|outro)(?:es|s)?\b)"
LEFT_OUT = re.compile(
    rf" ?(?:{_IN_SECTION}|^(?:it|this|#\d+) (?:needs|wants|lacks|is missing|could (?:use|do with)) (?:an? |some )?|,? ?(?:so )?(?:can|could|will) you (?:please )?(?:write|make|add|do) (?:one|some|it|that)\b|\b(?:the )?same (?:song|thing|piece|tune|track|one|again|music) (?:again )?(?:but|only|just)\b|{LEANS}|\bplease\b|\bpls\b|\b(?:a )?couple of\b|\b(?:so )?(?:that |which )?(?:i|we) can (?:use|play|have|study|dance|sing|solo|practi[cs]e|rap|relax)(?: (?:to|over|with))?(?: it)?(?: (?:as|for|in|to|over|with))?\b"
    r"|\b(?:what|how) (?:would|might|could) (?:it|this|that|#\d+|the (?:song|track|piece|tune)) (?:sound|be like|go|feel)(?: like)?)",
    re.IGNORECASE,
)
"""What says nothing of the music."""
NAMED = re.compile(
    r"(?<!\w)(?:(?:new )?(?:variation|version|arrangement)s? (?:of|on) )?(?:(?:to|under|for|behind|with|over|from|of|on) )?"
    r"(?<!like )(?<!similar to )(?:it|this|that|the|#\d+)\b(?: (?:one|song|track|piece|tune))?(?: from \d+(?::\d\d)?(?: ?s\w*)?)? ?",
    re.IGNORECASE,
)
