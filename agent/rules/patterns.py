"""The table of what questions look like: (topic, aspect, pattern), the most telling first.

A rule that matches claims its words, so that the rules after it read only the rest: "the key and
the tempo" gives two questions, "the key signature" one.
"""

import re

from agent.rules.lexicon import FEMALE, MALE, VOICE

IT = (
    r"(?:it|this|that|they|(?:this|that|the|my|our) (?:whole |entire |first |second )?"
    r"(?:song|track|piece|tune|music|recording|one|thing|stuff|file|number|bit))"
)
_BAR = r"(?:bars?|measures?)"
_SEMI = r"(?:semi-?tones?|(?:half|whole)[- ]?(?:steps?|tones?)|tones?|steps?|frets?)"
_HOW_MANY = r"(?:how many|number of|count (?:of )?the|count of)"
_ROMAN = r"(?:b?[iv]{1,3}|i?[vx]|[1-7])(?:7|m|maj7|°|dim)?"

KNOW = re.compile(
    r"^(?:and |so |but )*how (?:do|did|can|could) you (?:know|tell) (?:it|that)\b(?! (?:is|was|has)\b)|^(?:and |so |but |please )*(?:show|give) me (?:the|your|some|any) (?:evidence|proof|source)s?\b"
)
"""Questions where the last answer comes from."""
META = (
    (
        "sure",
        r"\bhow (?:sure|certain|confident|reliable|accurate|positive|convinced|trustworthy|likely|right|much (?:do|can) (?:you|i) trust)\b"
        r"|\b(?:are|r) you (?:absolutely |really |very |quite |pretty |so |that |100% |dead )?(?:sure|certain|positive|confident|convinced)\b|^(?:you )?(?:sure|certain|really|for real|seriously|positive|honestly)\b(?= ?[?.!]*$| about)"
        r"|\bconfidence\b|\bcertainty\b|\bprobabilit\w+\b|\b(?:you are|you) (?:really |quite |very )?(?:sure|certain) (?:of|about)\b|\bhow sure\b|\bhow confident\b|\bcan i (?:trust|rely|count on)\b|\b(?:could|might|may) you be (?:wrong|mistaken|off)\b"
        r"|\b(?:could|might|may) (?:that|it|this) be wrong\b|\bany (?:doubts?|uncertainty)\b"
        r"|\bis (?:that|it|this|the (?:tempo|bpm|key|meter|chords?|genre)) (?:really |actually |definitely )?(?:right|correct|accurate|definite|certain|reliable|true|a guess)\b|\bdouble[ -]check\b"
        r"|\bsure about (?:that|it|this)\b|\bno way\b|\b(?:is|was) (?:that|it) (?:just )?a guess\b|\bguess(?:ing)?\b(?= ?\?)",
    ),
    (
        "how",
        r"\bhow (?:do|did|can|could|would) you (?:know|tell|work|get|find|figure|arrive|determine|come (?:up|to)|measure|detect|calculate|compute|decide|estimate|reach|hear (?:that|this|it))\b"
        r"|\bhow (?:was|were|is|are) (?:this|that|the|it|these|its)(?: \w+)? (?:measured|determined|computed|calculated|found|estimated|detected|worked out|figured out|arrived at)\b"
        r"|\bwhy (?:do|did|would) you (?:say|think|believe|call)\b|\bwhat makes you (?:say|think|so sure|believe)\b|\bhow come\b"
        r"|\b(?:based|going) (?:on|by) what\b|\bon what basis\b|\bwhere (?:did|do|does) (?:you|that|it|this)(?: \w+)? (?:get|got|come|from)\b"
        r"|\b(?:which|what) (?:tools?|models?|algorithms?|estimators?|methods?|software|network)\b|\bwhat is (?:that|this|it) based on\b"
        r"|\b(?:show|explain) (?:me )?your (?:work|reasoning|evidence|source)|\b(?:your|the) (?:source|evidence|proof)\b|\bprove it\b|\bbased? (?:that|it|this) on\b|^(?:but |and )?why ?(?:is that|so|that|not)? ?[?.!]*$"
        r"|\bhow was (?:that|this|it) (?:measured|found|determined|worked out|estimated|detected)\b|\bsays who\b",
    ),
    (
        "again",
        r"\b(?:say|tell me) (?:that|it) again\b|\brepeat (?:that|it|please|the answer|your)\b|\bcome again\b|^(?:sorry|pardon|huh|eh|what)(?: me)? ?[?!.]*$"
        r"|^(?:once more|one more time|again)(?: please)? ?[?!.]*$|\bwhat (?:did you say|was (?:it|that) again|was that)\b|\bmissed that\b",
    ),
    (
        "where",
        r"^(?:and )?(?:where|when|whereabouts|at what (?:time|point)|where exactly|when exactly|since when)(?: (?:is|are|does|do|did) (?:it|that|they|she|he)(?: (?:start|begin|come|enter|appear|play|happen|kick|show|stop|end|sing|occur|go|in|out|up|on|first|exactly|come|singing|playing|played|heard|used|there|again))*)? ?[?.!]*$",
    ),
    (
        "much",
        r"\bby how (?:much|many|far)\b|^(?:and |so |but )*how much (?:louder|quieter|faster|slower|longer|shorter|higher|lower)(?: (?:than (?:the )?(?:rest|others?|that|average)|is (?:it|that)|then))*[ ?.!]*$|^(?:and |is it |is that )*by (?:a lot|much|far|a wide margin|a little|any margin|a mile)(?: more| then)?[ ?.!]*$|\bhow (?:far|much) apart\b(?! are the (?:beats|bars))|\bhow (?:big|large) is the (?:gap|difference)\b|^how much ?[?.!]*$",
    ),
    (
        "list",
        r"^(?:(?:and|ok|so|please|can you|could you|then),? )*(?:name|list|show|spell out|tell|give)(?: me)? (?:them|those|these|their names)(?: all)?(?: please)?(?= ?[?.!]*$)|^(?:and )?(?:what|which) are (?:they|those|these)(?= ?[?.!]*$)",
    ),
    (
        "explain",
        r"\bwhat (?:does|do|did) (?:that|it|this|those|you) (?:even |actually )?mean\b|\bmeaning of that\b|^(?:please )?(?:can you |could you )?(?:explain|elaborate)(?: (?:that|it|this|please|more))* ?[?!.]*$"
        r"|\bwhat is that supposed to mean\b|\bin (?:plain|simple|layman'?s?) (?:english|words|terms)\b|\bi do not (?:understand|get it|follow)\b|\bwhat do you mean\b",
    ),
)  # fmt: skip

COMPARE = (
    (
        "sure",
        r"\b(?:most|least|more|less) (?:certain|sure|reliable|confident|doubtful|trustworthy|shaky|ambiguous)\b|\b(?:surest|shakiest)\b",
    ),
    (
        "entry",
        rf"\b{VOICE}\b.{{0,30}}\b(?:earlier|later|sooner|first)\b.{{0,12}}\b(?:in|than|which)\b|\bwhich\b.{{0,30}}\b{VOICE}\b.{{0,20}}\b(?:earlier|earliest|sooner|soonest|later|latest|first)\b",
    ),
    (
        "steady",
        r"\b(?:steadiest|tightest)\b|\b(?:more|most|less|least) (?:steady|stable|constant|consistent|even|regular)\b",
    ),
    (
        "pitch",
        r"\b(?:pitch|speed|slow|nudge|stretch|warp|time-?stretch|bring|push|pull)\b.{0,40}\b(?:to (?:the (?:other|tempo|first|second)|it\b|match)|up to|down to|together|in line|in sync)|\bbeat-?match\w*|\b(?:sync|synchroni[sz]e)(?:ing)? (?:it|them|the two|these|those|both|up)\b|\bmatch (?:the |their |both )?(?:tempos?|bpms?|speeds?)\b|\bpitch(?:[- ](?:fader|control|bend|slider|adjust\w*|change|shift))\b",
    ),
    (
        "tempo",
        r"\b(?:faster|slower|quicker|speedier|fastest|slowest|quickest|brisker|more up-?tempo|(?:higher|lower|same|different|similar|highest|lowest|close in) (?:tempos?|bpms?|speeds?|pace)"
        r"|(?:tempos?|bpms?|speeds?) (?:compare|differ|match|the same|difference|apart)|difference (?:in|between (?:the|their)) (?:tempos?|bpms?|speeds?)|as fast|as slow|just as quick"
        r"|(?:more|fewer|how many) bpm (?:apart|faster|slower|between)|bpm (?:gap|difference)|tempo (?:gap|difference)|compare (?:the |their )?(?:tempos?|bpms?|speeds?)|(?:rank|order|sort|arrange|line) (?:\w+ ){0,3}(?:by|according to|in order of) (?:\w+ )?(?:tempos?|bpms?|speeds?))\b",
    ),
    (
        "key",
        r"\b(?:share (?:a |the same |one |the )?keys?|(?:same|different|similar|close|related|compatible|matching) (?:keys?|tonality|scale)|keys? (?:compare|differ|match|compatible|the same|different|related|clash|apart|difference)|(?:how )?(?:close|related|far apart|distant) (?:are )?(?:their|the) keys"
        r"|difference in keys?|compare (?:the |their )?keys|in (?:a )?(?:minor|major)(?: key)?(?= and which))\b",
    ),
    (
        "mix",
        r"\b(?:mix(?:es|ed|ing)? (?:well|together|with|into|nicely|smoothly|ok|okay|fine|(?:it|this|them) with|from|it into|one into|them|these)|mixable|blend\w*|segue\w*|mash(?:ed|ing)?[- ]?(?:ups?)?|transition\w* (?:from|between|into|to)"
        r"|go(?:es)? (?:well )?(?:together|well with|with (?:it|each other))|(?:work|fit|sound good|play)(?: (?:well|nicely|ok|okay))?(?: in (?:a|one|the same) (?:dj )?(?:set|mix))? together|(?:do|would|will|could) (?:they|these|those)(?: two| songs| tracks)? (?:work|fit|go)(?: (?:well|nicely|ok|okay|together))? in (?:a|one|the same|my) (?:dj )?(?:set|mix)|(?:harmonically )?compatible|compatibility|harmonic mixing|back[ -]to[ -]back|dj (?:them|these|it)|in the same set|(?:play|work|go|come|fit)(?:ed|s)?(?: (?:it|this|that|them))? (?:right |straight |directly )?(?:after|before|into)(?= (?:it|this|that|the|each))"
        r"|(?:do|would|will|could) (?:they|these|those)(?: two| songs| tracks)? (?:clash|mix|match)|clash(?:es)? with)\b",
    ),
    ("meter", r"\bsame (?:time signature|meter|metre|time)\b|\b(?:meters|time signatures) (?:differ|match|the same)\b"),
    (
        "chords",
        r"\bsame (?:\w+ )?(?:chords?|chord progression|progression|changes|harmony)\b|\b(?:share|shared) (?:any |some |the |a )?(?:\w+ )?(?:chords?|progression)\b|\bchords? (?:do they share|in common|differ|compare)\b|\b(?:more|fewer) chords\b|\bcompare (?:the |their )?chords\b",
    ),
    ("genres", r"\bsame (?:genre|style|kind of music|type of music)\b|\bdifferent (?:genres?|styles?)\b|\bdifferences? in (?:genres?|styles?)\b|\bcompare (?:the |their )?(?:genres?|styles?)\b"),
    ("instruments", r"\bsame instruments?\b|\binstruments? (?:in common|do they share)\b|\bcompare (?:the |their )?instrument\w*\b"),
    (
        "moods",
        r"\b(?:differences? in (?:the |their )?(?:moods?|vibes?|feel)|(?:more|most|less|least) (?:energy|drive|groove|melancholy)|easier to dance to|more fun to dance to|happier|sadder|darker|calmer|moodier|mellower|heavier|softer|lighter|more (?:energetic|relaxed|relaxing|chilled|cheerful|upbeat|aggressive|danceable|melancholic|intense|mellow|dark|happy|sad|calm|lively|peaceful|emotional)|saddest|happiest|darkest|calmest|same (?:mood|vibe|feel)|compare (?:the |their )?(?:moods?|vibes?))\b",
    ),
    ("duration", r"\b(?:longer|shorter|longest|shortest|same length|how much longer|same duration)\b"),
    ("loudness", r"\b(?:louder|quieter|loudest|quietest)\b"),
    (
        "all",
        r"\bcompar(?:e|ed|ison|ing)\b|\bdifferences?\b|\bhow (?:are|do) (?:they|these|those|it|the two)\b.{0,12}\bdiffer|\b(?:how )?(?:different|similar|alike)\b(?! (?:chords|keys))|\b(?:have|got|things?) in common\b|\bversus\b|\bvs\.?(?= |$)|\bstack up\b|\bcontrast\b|\bside by side\b|\bhow (?:do|does) (?:they|these|it) differ\b",
    ),
)  # fmt: skip

TOPICS: tuple[tuple[str, str, str], ...] = (
    # --- voice: before the declines, since "who sings, a man or a woman" can be heard
    (
        "voice", "number",
        r"\bhow many (?:\w+ )?(?:singers?|voices?|vocalists?|people (?:are )?sing(?:ing)?)\b|\bmore than one (?:singer|voice|vocalist|person)\b|\b(?:duet|backing vocals?|harmony vocals?|background vocals?|double[- ]tracked)\b|\btwo (?:singers|voices)\b",
    ),
    ("voice", "register", r"\b(?:(?:mezzo-?|contr)?(?:soprano|alto|tenor|baritone|bass|countertenor|treble)s?)\b(?! (?:sax\w*|guitars?|drums?|lines?|clef|clarinet|notes?|recorder))(?= ?(?:$|[?.!,]| or | voices?| singers?| singing| part))(?<!\bthe bass)(?<!\bany bass)(?<!\ba bass)(?<!bass)|\bvoice type\b|\bvocal (?:type|register|fach)\b|\bfach\b"),
    ("voice", "gaps", rf"\b(?:part|parts|section|sections|bit|bits|passages?|places?|stretch(?:es)?|moments?|anywhere|where|somewhere)\b(?: (?:is|are|that|which|there|has|have|it|does|do))* (?:without|with no|no|instrumental|free of|not)(?: any| the)?(?: {VOICE})?(?: there)?(?= ?(?:$|[?.!,]))|\binstrumental (?:break|section|part|passage|bit|stretch)s?\b|\b(?:when|where)(?: \w+){{0,3}} (?:not sing(?:ing)?|stop sing(?:ing)?|stops? singing|silent)\b|\bvocal[- ]free\b"),
    (
        "voice", "gender",
        rf"\b(?:{FEMALE} or (?:a |an |by )?{MALE}|{MALE} or (?:a |an |by )?{FEMALE})\b(?: ?{VOICE})?|\b(?:fe)?male (?:lead )?{VOICE}\b|\b(?:a |the )?(?:man|woman|guy|girl|lady|boy)(?: who is| that is)?(?: or \w+)? sing(?:s|ing)?\b"
        rf"|{VOICE} (?:a |an )?(?:\w+ )?(?:{FEMALE}|{MALE})\b|\bgender\b|\bsung by (?:a )?(?:{FEMALE}|{MALE})\b|\bis (?:it|that|the singer) (?:a )?(?:man|woman|guy|girl|male|female)\b|\b(?:fe)?male\b",
    ),
    ("voice", "when", rf"\b(?:when|where|what (?:time|point|moment)|at (?:what|which) (?:time|point|moment)|how (?:long|far|soon|late)(?: \w+){{0,3}} (?:before|until|till|in|into))\b.{{0,30}}?\b{VOICE}\b|\b{VOICE} (?:entry|entries|entrance)\b|\b{VOICE} (?:first )?(?:enters?|comes? in|starts?|begins?|stops?|drops? out)\b"),
    ("voice", "has", rf"\b(?:a )?cappella\b|\binstrumental\b(?! (?:break|section|part|solo|version))|\b(?:anyone|anybody|someone|somebody|people|person|they|he|she|who) (?:is |are )?(?:singing|sings?|rapping|raps?)\b(?! (?:it|this|that))|\b(?:are there|is there|any|does it have|has it got|got|with|without|hear|contain|include|have|no)(?: (?:any|a|an|some|lead|human|singing))* {VOICE}\b|\b(?:vocal|sung) or (?:instrumental|not)\b|\brapping\b|\brapper\b"),
    # --- tempo
    (
        "tempo", "round",
        r"\b(?:tempo|bpm)\b.*\b(?:rounded|nearest|whole number|round figure)\b|\b(?:rounded|whole number|round figure)\b.*\b(?:tempo|bpm)\b",
    ),
    (
        "tempo", "steady",
        rf"\b(?:tempos?|bpm|speed|pace|beat|rhythm|{IT})\b(?: (?!key|chord|mood)\w+){{0,3}}? (?:chang\w+|var(?:y|ies|ying|iable)|drift\w*|fluctuat\w+|wander\w*|(?:stay|remain|keep|hold)s? (?:the same|steady|constant|put|fixed|even|level|time)|constant|steady|stable|consistent|fixed|even throughout|the same (?:all|through|from))(?! (?:of |the |in |its |any )*(?:keys?|chords?|tonality|moods?|modes?|harmony))"
        r"|\b(?:speed|speeds|speeding|sped) (?:it )?up\b(?! by)|\bslow(?:s|ing)? (?:it )?down\b(?! by)|\b(?:get|gets|getting) (?:any )?(?:faster|slower)\b|\baccelerat\w+\b|\baccelerando\b|\britard\w*\b|\brubato\b|\brush(?:es|ing|ed)?\b|\bdrag(?:s|ging)?\b|\b(?:to|with|on) a (?:click|metronome)\b|\b(?:to|with|on|using) (?:a |the )?click track\b|\b(?:holds?|keeps?) (?:the |a |its )?(?:tempo|time|beat)\b|\b(?:tempo|speed|bpm)\b.*\b(?:end|start|beginning|first half)\b.*\b(?:start|end|beginning|second half)\b|\btempo (?:changes?|drift|map|variation\w*|curve|stability)\b|\bchange(?:s)? (?:of |in |its |the )?(?:tempo|speed|pace)\b"
        r"|\b(?:constant|steady|stable|consistent|fixed|even|same|varying|variable) (?:tempo|bpm|speed|pace|beat)\b|\bone (?:tempo|speed|pace)\b|\b(?:steady|tight|metronomic|in time)\b(?=.{0,20}\?|$)|\bhow (?:steady|constant|stable|tight)\b|\bswing\w* tempo\b",
    ),
    (
        "tempo", "alternative",
        r"\b(?:half|double|twice)[- ]?(?:time|tempo|speed)\b(?: feel\w*)?|\b(?:half|twice|double) (?:of )?(?:that|as fast|it|the (?:tempo|speed|bpm))\b|\bhalf as fast\b|\b(?:other|another|alternative|different|second|else) (?:possible )?(?:tempos?|bpm|readings? of the tempo|pulse)\b|\bcount(?:ed)? (?:it |that )?(?:at |in |as )?(?:half|double|twice)\b|\b(?:tempo|bpm|counted|felt|count it|feel it)(?: \w+){0,4} (?:alternatives?|differently|otherwise|another way|else)\b|\btempo octave\b|\bhalve (?:it|that)\b|\bif i (?:halve|double)\b|\bdouble (?:it|that)\b(?= ?[?.!]*$)|\boctave errors?\b|\bin two or (?:in )?four\b",
    ),
    ("tempo", "length", rf"\b(?:how long|length|duration|how many (?:ms|milliseconds|seconds))\b(?: \w+){{0,3}} (?:a|one|each|every|single|per) (?:single )?(?:beat|{_BAR}|quarter|crotchet|eighth|quaver|sixteenth)(?: note)?\b|\b(?:beat|bar) (?:length|duration)\b|\bhow far apart are the (?:beats|bars)|\bhow (?:many|much) (?:ms|milliseconds)\b|\bsidechain\w*\b|\b(?:spacing|interval|gap|distance|time)s? (?:between|from)(?: \w+){{0,2}} (?:beats?|bars?|downbeats?)(?: to (?:beat|bar)| and the next)?\b|\b(?:inter-?beat|beat) intervals?\b|\bframes? (?:per|a|in a|each|every|to a|to the) (?:beat|bar|measure)\b|\b(?:beat|bar) (?:in|to) (?:frames|seconds|milliseconds|ms)\b\b|\bdelay times?\b|\bms (?:per|a) (?:beat|bar)\b|\bmilliseconds\b|\b(?:set|sync) (?:my |a |the )?(?:delay|echo)\b"),
    ("tempo", "marking", r"\b(?:italian|tempo marking|allegro|allegretto|andante|adagio|presto|prestissimo|largo|larghetto|moderato|vivace|lento|grave)\b(?: (?:term|word|tempo)\b)?"),
    ("meter", "", rf"\btime[ -]?signatures?\b|\b(?:meters?|metres?|metrical)\b|\b{_HOW_MANY} beats(?: are there)?(?: do i count)? ?(?:in|per|to|for|does) (?:a|an|each|the|every|one)? ?{_BAR}\b|\bbeats? (?:count )?(?:per|a|to (?:the|a|each)|in (?:a|each|the|every)) {_BAR}\b|\bwhat time (?:is|are) (?:it|we|this|that|the song) (?:in|written in)\b|\bin (?:what|which) time (?:is|are)\b|\b(?:what|which) time is {IT} (?:in|written)\b"
     r"|\b(?:odd|compound|triple|duple|simple|quadruple|common|cut) (?:time|meter|metre)\b|\b(?:in )?(?:three|3|two|2)s? or (?:in )?(?:four|4|three|3)s?\b|\b(?:in |count(?:ed)? in )(?:three|four|two|six|3|4|6)s?(?= ?(?:$|[?.!,]| or| time| here| now))|\bwalt[sz]\w*\b|\bhow (?:do|would|should|can) (?:i|you|we|one) count (?:it|this|that)\b|\bwhat do i count\b|\bhow (?:do|would|should|can) (?:i|you|we|one) count\b|(?<!\d)\b(?:2|3|4|5|6|7|9|12) ?/ ?(?:2|4|8)\b(?: time)?|\b(?:two|three|four|five|six|seven)[ -](?:four|eight)(?: time)?\b|\b(?:duple|triple)\b|\bsignature\b(?<!key signature)"),
    ("beats", "count", rf"\b{_HOW_MANY} (?:beats|downbeats|{_BAR})\b(?! (?:per|a|in a|each|every) )|\b(?:beat|bar) count\b|\bhow long(?: is it)? in (?:bars|beats|measures)\b"),
    ("beats", "first", r"\b(?:first|1st|opening) (?:down-?)?beats?\b|\bdown-?beats?\b|\b(?:when|where)(?: \w+){0,3} (?:beat|beats|groove|rhythm|pulse) (?:start|begin|come in|kick in|enter|fall|drop|hit|land)s?\b|\bwhere is (?:the )?(?:one|1|beat one)\b|\bbeat (?:one|1)\b|\b(?:does|do|is|are) (?:the |there a |there )?(?:beats?|groove|pulse|rhythm) (?:start|begin|come in|kick in|there|from|right)\w*\b|\bpick-?up (?:beat|bar|note|measure)s?\b|\b(?:a|any|the) pick-?up(?= ?[?.!]*$)|\bupbeat (?:bar|measure)\b|\banacrusis\b|\bwhere (?:are|do) the beats?(?: fall)?\b|\bbeat (?:times|positions|grid)\b"),
    ("tempo", "fast", r"\bfast or (?:is it )?(?:slow|not)\b|\bslow or (?:is it )?(?:fast|not)\b|\b(?:is|are|was|would you (?:say|call)|does|do|feel|at|pretty|quite|rather|really|very|sounds?|seems?|not|so|too|a)(?: (?:it|this|that|they|one|song|track|the|piece|tune|tempo|beat|music|is|feel|sound|quite|pretty|rather|really|very|a|kind of|sort of|fairly|particularly|so|too|\w+ly|considered|regarded|counted|as))* (?:fast|slow|quick|up-?tempo|mid-?tempo|down-?tempo|brisk|speedy)\b(?! (?:rundown|summary|overview|question|look|description|idea|check|answer|word))(?: (?:song|tune|piece|track|one|tempo))?"),
    ("tempo", "", rf"\btempos?\b|\bbpm\b|\bbeats? (?:per|a|in a|every|each|/) ?min(?:ute)?s?\b|\bhow (?:fast|quick|quickly|slow|slowly|speedy|up-?tempo)\b(?: (?:is|does|are|do) {IT})?(?: (?:go|move|run|played|going|moving))?|\b(?:speed|pace|velocity)\b|\bmetronome\b|\btap (?:my|your|a) (?:foot|feet)\b|\bclock(?:s|ed|ing)? (?:in )?at\b|\bwhat (?:rate|number) (?:do|should) i set\b"),
    # --- key
    ("key", "signature", r"\b(?:flat|sharp) keys?\b|\bkey[ -]?signature\b|\bhow many (?:sharps|flats|accidentals|black keys)(?: or (?:flats|sharps))?\b|\b(?:any |which |what )?(?:sharps|flats)(?: (?:and|or) (?:flats|sharps))?\b"),
    ("key", "relative", r"\brelative(?:s)?(?: (?:major|minor|key|scale|of|mode)\b)*"),
    ("key", "parallel", r"\bparallel(?: (?:major|minor|key|scale|of)\b)*"),
    (
        "key", "alternatives",
        r"\b(?:what|which|any|the) (?:other|else|alternative|second|different)\b(?: \w+){0,2} keys?\b|\b(?:could|might|may)\b.*\b(?:another|different|other|some other) keys?\b|\b(?:alternative|second[- ]best|possible|other possible|likely) keys?\b|\bkeys? (?:else|alternatives?|otherwise)\b|\bwhat else (?:could|might) (?:it|the key) be\b|\bsecond (?:best )?(?:guess|choice)\b|\brunner[- ]up\b",
    ),
    ("key", "changes", rf"\bmodulat\w*\b|\bkey[ -]?changes?\b|\bchang\w* (?:in |of )?(?:the )?(?:tonality|mode|scale)\b|\bchang\w* (?:of |the |its |to another |into another |to a different |to a new )?keys?\b|\bkeys? (?:\w+ )?(?:chang\w+|shift\w*|mov\w+|stay\w*|remain\w*|the same (?:all|throughout|from))\b|\b(?:stay|stays|remain|remains|is {IT}|be) in (?:the same|one|a single|just one) key\b|\b(?:stay|stays|remain|remains|keep|keeps|rest|rests|end|ends|return|returns) (?:in|to|within) (?:the |its )?(?:home|original|opening|starting|tonic|first|main|initial) key\b|\bleaves? (?:the )?[a-g](?: ?(?:#|b|sharp|flat))?(?: (?:major|minor))?\b|\b(?:stay|stays|remain|remains) in [a-g](?: ?(?:#|b|sharp|flat))?(?: (?:major|minor))?\b|\bsame key (?:all|throughout|the whole|from|the entire|the way|as the (?:rest|start|end|beginning|ending))\b|\b(?:leave|leaves|switch\w*|shift\w*|mov\w+|another|more than one|different|other|multiple|several) (?:the |to another |to a different |to |into )?keys?\b|\bgo(?:es)? (?:up|down) a (?:half[- ]?step|semi-?tone|tone|whole[- ]?step|key)\b|\btonal cent(?:er|re) (?:change|shift|move)\w*\b|\btruck ?driver\w*\b|\bgear ?(?:shift|change)\b"),
    ("key", "camelot", r"\b(?:good|best|right|safe|suitable|next) keys? (?:to|for)(?: \w+)? (?:mix|blend|go|follow|play|transition|segue|cue)\w*\b(?: (?:out|in|into|of|from|with|it|after|next|this|the))*|\bmix(?:ing)? (?:out of|in(?:to)?) (?:it|this)\b(?: into)?|\b(?:1[0-2]|[1-9])[ab]\b(?= ?(?:tracks?|songs?|tunes?|keys?|one|$|[?.!,]))|\bcamelot(?: (?:code|number|key|wheel|value|notation)\b)*|\bopen key\b|\b(?:which|what) keys? (?:would |will |does |do |are |is |can i )?(?:\w+ )?(?:mix|blend|work|go|match|fit|compatible)\w*(?: \w+)*\b|\bbest keys? (?:\w+ )*(?:mix|blend|go)\w*(?: \w+)*|\bdj\b.*\bcall (?:this|the) key\b|\bdj (?:code|key|notation)\b|\bmixed in key\b|\bkey code\b|\bharmonic(?:ally)? (?:mix\w*|compatible)\b(?: keys?)?"),
    ("key", "capo", r"\bcapos?\b(?: (?:on|at|position|fret|\d+|two|three|it)\b)*"),
    ("key", "transpose", rf"\btranspos\w*\b(?: (?:it|this|that|everything|the song))?|\b(?:up|down) (?:by )?(?:a|an|one|two|three|four|five|six|seven|\d+) (?:{_SEMI}|fifth|fourth|third|octave|minor third|major third|major second)\b|\bpitch(?:ed)? (?:it )?(?:up|down)\b|\b(?:alto|tenor|bari(?:tone)?|soprano) sax(?:ophone)?\b(?: player)?|\b(?:for|on|play) (?:a |an |the |my |bb |b flat |eb )*(?:trumpet|clarinet|french horn|horn in f)\b|\b(?:tuned|tune|down-?tuned) (?:down )?(?:a |to )?(?:half[- ]?step|eb|e flat|drop)\b|\b(?:a|an|one|two|three|four|five|six|\d+) (?:{_SEMI}|fifth|fourth|third|octave|minor third|major third) (?:up|down|higher|lower|above|below)\b|\b(?:a|an|one|two|three|four|five|\d+) {_SEMI} too (?:high|low)\b|[+-]\d{1,2} (?:semitones?|half steps?|st)\b"),
    (
        "key", "degree",
        r"\b(?:what|which)(?: chord| note| key)? (?:is|would be) the (?:sub-?dominant|dominant|sub-?mediant|mediant|supertonic|leading (?:note|tone)|i{1,3}|iv|vi{0,2})(?: chord)?\b(?: (?:in|of) (?:this|the|that) key)?|^(?:and )?the (?:sub-?dominant|dominant)(?: chord)?(?= ?\??$)",
    ),
    ("key", "notes", r"\b(?:what|which)(?: \w+)? (?:should|can|do|could|would) (?:i|we|you) (?:solo|improvise|jam|riff|noodle)\b(?: (?:in|with|over|on))?|\b(?:what|which) (?:notes?|scales?(?! degree)|tones?|pentatonic)(?: \w+){0,3} (?:can|should|could|do|would|to|work|fit|go|are in|is in|over|does|i)\b(?: \w+)*|\bnotes (?:of|in|from|belong\w*|that fit|work|fit|make up|does) (?:the |its |that |this )?(?:key|scale|it)\b|\b(?:solo|improvis\w*|jam|noodle|shred|riff)(?:ing|e)? (?:over|along|on top|against|to)\b(?: (?:it|this|that|with))*|\bscales?\b(?! (?:of|degree))|\bpentatonic\w*\b|\bimprovis\w+\b|\bwhat notes\b|\bwhich notes\b|\bto solo\b|\bplay(?:ing)? (?:over|on top)\b"),
    ("key", "mode", r"\b(?:major|minor)(?: key)? or (?:is it |in )?(?:a )?(?:minor|major)\b(?: key)?|\bmajor ?/ ?minor\b|\b(?:a |in )?(?:major|minor) (?:key|mode|tonality|scale|one|song|tune|piece|track|feel|sound\w*)\b|^(?:or )?(?:major|minor)(?= ?[?.!]*$)|\b(?:is|be|in|sounds?|quite|or|it) (?:it |that |this |in |a |like |kind of )*(?:minor|major)\b(?! (?:chord|seventh|sixth|third|7|label|artist|hit))|\b(?:tonality|mode|both|all|each|they|these|tracks|songs) (?:is |are |in )*(?:a )?(?:major|minor)\b(?! (?:chord|seventh|scale))|\b(?:what|which|the) mode\b|\bmodality\b|\bmode(?= ?[?.!]*$)"),
    ("key", "", r"(?<!low )(?<!off )(?<!off-)\bkeys?\b(?! (?:moments?|points?|features?|facts?|elements?|player|parts?|characteristics|things?|players))|\btonal(?:ity)?\b(?: (?:cent(?:er|re)|home))?|\btonics?\b|\bhome (?:note|chord|key|base)\b|\b(?:what|which) (?:note|pitch|chord)(?: \w+)? (?:is|feels like) (?:the )?(?:home|tonic|root|centre|center)\b|\broots?\b(?: note)?|\b(?:which|what) note(?= ?[?.!]*$)|\b(?:starting|opening|first|pitch|reference) (?:note|pitch)\b|\bpitch ?pipe\b|\b(?:note|pitch) (?:to|should i|do i|shall i|can i) (?:give|sing|start|blow|play)\w*\b|\bwhat (?:is|are|was) (?:it|this|that|we|the (?:song|track|tune|piece))(?: played| written)? in\b(?= ?[?.!,]|$)|\bwhat (?:is|are) (?:it|this|the song|we) (?:playing )?in\b(?= ?[?.!,]|$)"),
    # --- chords
    ("chords", "roman", r"\broman(?: numerals?)?\b|\bnumerals?\b|\bnashville(?: numbers?)?\b|\b(?:scale )?degrees?\b|\b(?:harmonic )?functions?\b|\bfunctional(?:ly)?\b|\bnumber system\b|\bas numbers\b|\bharmonic analysis\b|\banaly[sz]e the (?:harmony|chords|progression)\b"),
    ("chords", "nth", r"\b(?:second|third|fourth|fifth|sixth|eighth|2nd|3rd|4th|5th|6th|8th) chords?\b(?! from)"),
    ("chords", "cadence", r"\bcaden(?:ce|ces|tial)\b|\bplagal\b|\bauthentic\b|\bamen ending\b"),
    (
        "chords", "share",
        r"\b(?:what|which|how much|how big|how large)(?: a| is the)? (?:percent\w*|proportion|share|fraction|part|amount|of the (?:time|track|song|piece))\b(?=.*\b(?:chords?|harmon\w+|major|minor|spent|on)\b)|\b(?:chords?|harmon(?:y|ies))\b.{0,20}\b(?:by|with|in) (?:their )?(?:share|percent\w*|duration|proportion|weight|time)\b(?: of (?:the )?(?:duration|time|track))?|\bchord (?:distribution|histogram|statistics|stats|percentages?)\b",
    ),
    (
        "chords", "change",
        r"\bchords? chang\w+ (?:at|around)\b|\b(?:is there|does) (?:a |the )?chords? (?:change|changes)\b(?= ?[?.!]*$)",
    ),
    (
        "chords", "degree",
        r"\bthe (?:i{1,3}|iv|vi{0,2}|[1-7](?:st|nd|rd|th)?)(?: chord)?(?= ?(?:$|[?.!,]| chord| in | anywhere| at all))",
    ),
    ("chords", "degree", r"\b(?:use|uses|have|has|any|on|contain\w*|reach\w*|touch\w*|visit\w*|appear\w*|which bars?|where)\b(?: \w+){0,3} (?:tonic|sub-?dominant|dominant|sub-?mediant|mediant|supertonic)(?: chords?)?\b"),
    ("chords", "count", rf"\b{_HOW_MANY} (?:\w+ )?(?:chords?|harmonies)\b(?: (?:does it (?:use|have)|are there))?|\bchord count\b"),
    ("chords", "rate", rf"\b(?:average|mean|typical) (?:chord|harmon\w+) (?:duration|length|change)s?\b|\bchord (?:durations?|lengths?)\b|\bharmonic rhythm\b|\bhow (?:often|frequently|quickly|fast|long|many bars)\b(?: \w+){{0,4}} (?:chords?|harmon\w+|changes)\b(?: (?:change|last|held|move|go by)\w*)?|\bchords? (?:per|a|every|each) {_BAR}\b|\bchords? change\b(?: every)?"),
    ("chords", "most", r"\blongest chords?\b|\bchords? (?:\w+ ){0,3}(?:the )?longest\b|\b(?:most|mostly)(?:[- ](?:common|commonly|used|frequent\w*|often|played|heard|important|dominant|prevalent))*(?: \w+)? chords?\b|\b(?:main|commonest|favou?rite|predominant|prominent|principal|central) chords?\b|\bspends? (?:the )?most(?: of)?(?: \w+)? time on\b|\bchords? (?:\w+ )?(?:most|the most)\b(?: often| frequently| common(?:ly)?)?|\b(?:which|what) chord (?:dominates|is it mostly|comes up|appears|shows up|turns up|is (?:used|played|heard))\b(?: (?:the )?(?:most|more)(?: often)?)?"),
    ("chords", "first", r"\b(?:degree|harmony) (?:opens|begins|starts)\b|\b(?:first|opening|starting|1st|initial|beginning) chords?\b|\b(?:what|which)(?: chord)? does (?:it|this|the (?:song|track|tune|piece)) (?:start|begin|open|kick off) (?:on|with|off)\b|\bchord (?:does )?(?:it )?(?:starts?|begins?|opens?)(?: \w+)?\b|\b(?:start|begin|open)s? (?:on|with|off)(?= (?:a|an|the|which|what)? ?(?:chord|tonic|root|dominant|[a-g]\b)|[ ?.!]*$)"),
    ("chords", "last", r"\b(?:last|final|closing|ending) chords?\b|\b(?:what|which)(?: chord)? does (?:it|this|the (?:song|track|tune|piece)) (?:end|finish|close|resolve|land|stop) (?:on|with|in|to)\b|\bchord (?:does )?(?:it )?(?:ends?|finish\w*|resolves?)(?: \w+)?\b|\b(?:end|finish|resolve)(?:s|es)? (?:on|with|to)\b"),
    ("chords", "next", r"\bnext chords?\b|\b(?:what|which)(?: chord)?(?: is| comes?| goes?)? ?(?:next|follows?|after that|after it|afterwards)\b(?: (?:it|that))?|\bchord (?:comes? )?(?:after|next|follow\w*)\b(?: (?:that|it))?|^(?:and )?(?:then|next|after that|and after)\b ?\??$|\b(?:where|what) does (?:it|that) (?:go|resolve|move)(?: to)?(?: next)?\b|^and then\b|\bthe (?:one|chord|bar) (?:right )?(?:after|following)(?: (?:that|it))?(?: one)?(?= ?[?.!]*$)|^(?:and )?the (?:following|next) (?:one|bar|chord|measure)?(?= ?[?.!]*$)"),
    ("chords", "previous", r"\bthe (?:one|chord|bar) (?:right )?before(?: (?:that|it))?(?= ?[?.!]*$)|\bprevious chord\b|\b(?:what|which)(?: chord)?(?: is| was| comes?| came)? (?:before|precedes?|preceding)\b(?: (?:it|that))?|\bchord (?:\w+ )?before\b(?: (?:that|it))?|^(?:and )?before (?:that|it) ?\??$"),
    ("chords", "loop", r"\bloop\w*\b|\brepeat(?:s|ed|ing)?\b(?: (?:itself|progression|chords?|pattern))?|\brepetitive\b|\bvamps?\b|\bostinato\b|\bcycl(?:e|es|ing)\b|\b(?:four|4|three|3|two)[- ]chords?\b(?: (?:song|loop|trick))?|\bturnaround\b|\bsame (?:four|4|three|3|few|two|2) chords?\b|\bchord patterns?\b|\bpattern of chords\b"),
    ("chords", "progression", rf"\b{_ROMAN}(?: ?- ?|, | to ){_ROMAN}(?:(?: ?- ?|, | to ){_ROMAN})+\b|\b(?:12|twelve)[- ]bar(?: blues)?\b|\b(?:two|2)[ -](?:five|5)[ -](?:one|1)s?\b|\bii ?-? ?v ?-? ?is?\b|\baxis progression\b|\bandalusian\b"),
    ("chords", "", r"\bchord(?:s|al)?\b(?: (?:progressions?|changes|sequences?|chart|sheet)\b)?|\bprogressions?\b|\bharmon(?:y|ies|ic|ically)\b(?: (?:structure|content|progression|language))?|\b(?:the|what|give me|play|its) changes\b|\blead ?sheet\b|\bhow (?:do|can|would|should) (?:i|we|you) play (?:it|this|that)\b(?: on (?:a |the |my )?(?:guitar|piano|ukulele|keyboard))?|\bcomp(?:ing)? (?:over|along)\b"),
    # --- tags
    ("sound", "", r"\btags?\b(?! (?:say|name|give))|\blabels\b|\b(?:timbre|tone colou?r|sound ?world|sonic (?:palette|character)|sonically)\b"),
    ("genres", "", r"\bgenres?\b|\bsub-?genres?\b|\bstyles?\b(?: of (?:music|song))?|\b(?:what|which|the)(?: \w+)? (?:kind|type|sort)s? of (?:a )?(?:music|song|track|tune|thing|piece|style)\b|\bcategor\w+\b|\bclassif\w+\b(?: (?:it|this|that))?|\bwhat music (?:is|are)\b|\b(?:kind|type|sort)s? of (?:music|song|thing)\b|\bfiled? (?:it )?under\b|\bwhat (?:would|do) you call (?:it|this|this music)\b"),
    ("instruments", "", r"\binstruments?\b(?: (?:do you hear|are (?:there|used|playing)|can you hear))?|\binstrumentation\b|\borchestration\b|\bline-?up\b|\bwhat (?:is|are) (?:playing|they playing|being played)\b(?= ?\?|$)|\b(?:what|which) (?:sounds|gear|kit)\b(?: (?:are|do|can))?|\bband set-?up\b|\bensemble\b|\bin the (?:background|foreground|arrangement|mix)\b(?= ?[?.!]*$)|\bwho or what is playing\b"),
    ("moods", "", r"\bmoods?\b|\bvibes?\b|\bfeel(?:s|ing|ings)?\b(?! like (?:a )?(?:rock|jazz))|\bemotion\w*\b|\batmosphere\b|\bambian?en?ce\b|\bhow energetic\b|\benergy(?: level)?\b|\bcharacter\b|\bfeelz\b"),
    ("voice", "has", rf"\b{VOICE}\b|\bsings\b"),
    ("rhythm", "", r"\b(?:what|which|the|its|how|describe|about|of)(?: is| are)?(?: the| its)? (?:beat|beats|rhythm|groove|pulse)\b|\b(?:beat|rhythm|groove|pulse)\b(?= ?[?.!,]*$| and )"),
)  # fmt: skip

GENERAL: tuple[tuple[str, str, str], ...] = (
    ("tracks", "", r"\b(?:which|what|how many) (?:tracks|songs|files|tunes|recordings)(?: (?:do|have|are|did) (?:you|i|we|there))?(?: (?:are|have|got|open(?:ed)?|loaded|here|given you|added|currently|now))*(?= ?[?.!]*$)|\blist (?:the |my |all |all the )?(?:open )?(?:tracks|songs|files)\b|\bwhat (?:is|are|have i|do you have|have you got|have we got) (?:currently )?(?:open(?:ed)?|loaded)\b|\b(?:open|loaded) (?:tracks|songs|files)\b|\bwhich (?:track|song) (?:is|are we|am i) (?:current|on|talking about)\b"),
    ("title", "artist", r"\bis (?:it|this|that)(?: (?:song|track|one|piece))? by (?!ear|heart|chance|any)|\bartists?\b|\bwho (?:is|are) (?:it|this|that|the (?:band|group|performer|artist))(?: by)?\b(?! (?:about|for))|\bwho (?:made|performs?|performed|did|sings|sang|recorded|is singing|plays|played|released) (?:it|this|that|the (?:song|track|tune|piece))\b|\bwhose (?:song|track|tune|is|music)\b|\bby who(?:m)?\b|\bwhat (?:band|group)\b|\b(?:band|group|artist|singer|performer)(?: is| are)?(?: it| this)? (?:called|named)\b|\bname of the (?:band|artist|group|singer)\b|\bwhich (?:band|group|artist|singer)\b|\bwho is (?:it|this|that) by\b|\bwho is (?:that |it |this )?(?:singing|the singer|the vocalist|playing)\b|(?<!man )(?<!one )(?<!person )(?<!guy )(?<!lady )(?<!girl )(?<!singer )\bwho sings\b|\bwho does the (?:vocals|singing|voice)\b|\bname of the (?:band|artist|singer|group)\b"),
    ("title", "", r"\btitles?\b|\b(?:what|which) (?:song|track|tune|piece|recording) (?:is|was) (?:it|this|that|playing)\b|\b(?:what|how) is (?:it|this|that|the (?:song|track|tune|piece)|this (?:song|track|tune|piece)) (?:called|named|titled)\b|\bname of (?:the|this|that) (?:song|track|tune|piece|file)\b|\b(?:what|which) (?:is )?(?:the |its )?(?:song|track|file) ?name\b|\bname (?:that|this) (?:tune|song|track)\b|\bidentify (?:it|this|that|the song)\b|\brecogni[sz]e (?:it|this|that|the (?:song|tune|track))\b|\bshazam\b|\bdo you know (?:it|this|that|the)(?: \w+)? (?:song|tune|track|one)\b|\bwhat song\b|\bwhat is (?:the|its|this|this song's|it) name\b|\bname of (?:it|this|that)\b|\b(?:song|track|tune|piece|file)(?: name| title)s?(?= ?[?.!]*$)(?<=name|itle)"),
    ("duration", "", rf"\bhow long (?:is|does|was|are|do) (?:{IT}|the (?:whole|entire) (?:thing|song|track))(?: (?:last|run|go on|go|take|in total))?\b|\bdurations?\b|\b(?:running|run|play(?:ing)?|total) ?times?\b|\b(?:length)\b|\bhow many (?:minutes|seconds)\b|\bhow long(?= ?[?.!]*$)|\bhow long is\b"),
    ("describe", "", rf"\bdescri(?:be|bing|ption)\b|\btell me (?:all |everything |something |more |a bit |a little |what you (?:hear|know|can)|what is)?(?:about|more|everything)?(?= {IT}|\b)|\bsummar(?:y|i[sz]e|ise)\b|\boverview\b|\bwhat (?:else )?(?:can|do|could|would|did) you (?:tell|say|know|hear|think|make|notice|find|get|got|have (?:on|about))\b(?: me)?(?: about| of| in| on)?|\bwhat (?:am|are) (?:i|we|you) (?:listening|hearing|actually hearing)\b(?: to)?|\banaly[sz]e\b|\banalysis\b|\bbreak ?down\b|\bbreak (?:it|this|that|the song) down\b|\breport\b|\brun ?-?down\b|\bwhat (?:does|do) {IT} sound like\b|\bwhat (?:is|was) {IT}(?: all)? like\b|\bhow (?:does|do|would) {IT} sound\b|\beverything\b|\bin a nutshell\b|\bdetails?\b|\bfacts\b|\binformation\b|\bcharacteri[sz]e\b|\bstats\b|\bwhat (?:have|has) (?:we|you|i) got(?: here)?\b|\bwhat is (?:going on|happening|up)(?: (?:in|with) {IT})?\b|\b(?:listen|listening) to {IT}\b|\bmusically\b|\bthe lot\b|\bspecs?\b|\bwhat stands out\b|\bsum (?:it|this|that|the song) up\b|\bsum up\b|\b(?:whole|full|big|complete) (?:picture|story)\b|\bwhat (?:have|did) you (?:found|find|learned?|measured?|figured?|heard?|worked?|discover\w*)(?: out)?\b(?= ?[?.!]*$)|\b(?:take|walk|talk|guide|run) me through\b|\bintroduce\b|\bcaption\b|\bwhat is (?:this|it|that)(?= ?[?!.]*$)|\bkey (?:features?|facts?|points?|characteristics|elements?)\b"),
)  # fmt: skip

POLAR = re.compile(
    r"^(?:(?:and|but|so|ok|okay|well|hey|hmm|um|er|also|then|now|oh|no|yes|wait|right|hi|hello),? )*"
    r"(?:(?:please )?(?:can|could|would|do) you (?:tell(?: me)?|say|hear|know|check|confirm)(?: if| whether)? "
    r"|(?:tell me|i wonder|wondering|check|i want to know|do you know|do you think|would you say) (?:if |whether )?(?:that )?)?"
    r"(?:is|are|was|were|does|do|did|has|have|can|could|would|will|should|might|isn|aren|doesn|any|am)\b"
    r"(?! (?:you (?:tell|give|describe|show|say|list|help)|what|which|how))"
)


def match_rules(text: str, rules: tuple[tuple[str, str, str], ...]) -> list[tuple[str, str, int]]:
    """Return (topic, aspect, place) of the rules that match; each claims its words."""
    found: list[tuple[str, str, int]] = []
    for topic, aspect, pattern in rules:
        for match in re.finditer(pattern, text):
            if match.group().strip():
                found.append((topic, aspect, match.start()))
                text = text[: match.start()] + "·" * len(match.group()) + text[match.end() :]
    return sorted(found, key=lambda hit: hit[2])
