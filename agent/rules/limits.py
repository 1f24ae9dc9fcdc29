"""Questions beside what is measured of a track: facts about the world, deeds, and small talk.

Each row is (name, pattern); the answers stand in `answer_talk`.
"""

import re
from functools import lru_cache

from agent.rules.stem_words import DEED as STEMS_WANTED
from agent.rules.stem_words import LEAD, PART_LIST, TAIL

DECLINES: tuple[tuple[str, str], ...] = (
    ("producer", r"\bproduce[rd]s?\b|\bproduced by\b|\bproduction (?:team|credits?)\b|\bbehind the (?:desk|board|production)\b|\bcredits\b"),
    ("mixer", r"\b(?:mixed|mastered|engineered|engineer|mastering engineer|mixing engineer)\b(?! (?:in|with|well))"),
    ("writer", r"\b(?:who|whom)\b(?: \w+){0,2} (?:wrote|write|composed?|penned|arranged|written)\b(?: (?:it|this|that|the song))?|\b(?:authors?|composers?|song-?writers?|writers?|lyricists?|arrangers?)\b|\bwritten by\b"),
    ("player", r"\bwho (?:is|are|was|were)? ?(?:playing|plays|played|on) (?:the |that |this |lead |rhythm )*(?:guitars?|bass|drums?|piano|keys|keyboards?|sax\w*|trumpet|violin|solo|organ|synth|strings|flute|cello|harmonica)\b|\b(?:which|what|name of the) (?:guitarist|drummer|pianist|bassist|musicians?|saxophonist|player)\b|\bwho (?:is|are|was) the (?:guitarist|drummer|pianist|bassist|musicians?|saxophonist|bass player|backing (?:singers?|band)|session)\b|\bconductors?\b|\bwho conduct\w*|\b(?:which|what) (?:orchestra|ensemble|choir)\b|\b(?:session musicians?|line-?up of the band|personnel|band members?)\b"),
    ("label", r"\brecord label\b|\b(?:what|which|whose|the|a) label\b|\blabel (?:is|was|released|signed)\b|\bpublisher\b|\bpublished by\b|\bsigned to\b"),
    ("album", r"\balbums?\b|\bwhich (?:record|lp|ep)\b|\bb-?side\b"),
    ("year", r"\b(?:what|which) (?:year|decade|era)\b|\bwhen (?:was|did|were|is)\b(?: \w+){1,4} (?:released?|recorded|made|written|come out|came out|published|out)\b|\brelease (?:date|year)\b|\bhow old is (?:it|this|that|the)\b(?! (?:singer|band|artist|player|drummer|guitarist|pianist|man|woman))|\b(?:older|oldest|newer|newest|more recent)\b|\b(?:year|date) of release\b|\bwhat date\b|\bwhen did (?:it|this|that|they) (?:come out|release|drop|record)\b|\bfrom (?:the )?(?:19|20)?\d0'?s\b|\byear\b"),
    ("place", r"\b(?:where|in what (?:studio|city|country)|which (?:studio|city|country|venue|room))\b(?: \w+){0,3} (?:recorded|from|made|filmed|studio|country|written)\b|\bnationality\b|\bwhich country\b|\bwhat country\b|\bwhich studio\b"),
    ("sales", r"\bhit parade\b|\btop (?:ten|forty|twenty|40|20|100)\b|\b(?:sold|sales|copies|charts?|charted|chart position|number one|no\.? 1 hit|grammys?|awards?|streams|platinum|billboard|how (?:popular|famous|successful|well[- ]known)|popular|famous|a hit|million plays|views)\b(?<!chord chart)(?<!lead chart)"),
    ("lyrics meaning", r"\b(?:lyrics?|words|song|text|track|it|this|that|singer|they|he|she)\b(?: \w+){0,4} (?:about|mean|means|saying|say)\b(?= ?[?.!]*$)|\binspired\b|\binspiration\b|\bwhat is (?:it|this|that|the song|the track|this song) (?:really |actually |all )?about\b|\b(?:meaning|message|story|theme|subject|topic) (?:of|behind|in)\b(?! that ?$)|\blyrics?\b|\bwhat (?:is|are|does|do) (?:he|she|they|the singer|the (?:vocalist|words))(?: \w+)? (?:singing|sing|say|saying)\b(?: about)?|\bthe words\b|\bwhat language\b|\bwhich language\b|\bsung in (?:english|french|spanish|german|what)\b|\bin (?:english|french|spanish|german|italian|korean|portuguese)\b"),
    ("opinion", r"\b(?:saddest|happiest|best|coolest|nicest|prettiest|worst|weirdest|catchiest|favou?rite|most (?:beautiful|interesting|emotional|important)) (?:chord(?! pro)|part|bit|moment|note|section|bar)s?\b|\brate (?:it|this|the|my)\b|\bout of (?:ten|10|five|5)\b|\b(?:would|do|should) (?:you|i|we) (?:(?:open|start|begin|close|end) (?:a|the|my) (?:set|show|concert|gig)|choose|pick|prefer|recommend|rather|put first)\b|\b(?:is|was|are) (?:it|this|that|the song|this song|they|these)(?: \w+)? (?:any )?(?:good(?! for)|bad|great|awful|terrible|nice|amazing|boring|overrated|underrated|a masterpiece|rubbish|crap|shit|well (?:produced|written|made|recorded|sung|played|mixed))\b|\bdo you (?:like|love|enjoy|hate|dig|prefer|recommend|rate)\b|\byour (?:\w+ )?(?:favou?rite|opinion|taste|view|thoughts)\b|\bwhat do you think of\b|\brate (?:it|this|that|my)\b|\bout of (?:10|ten)\b|\b(?:which|what)(?: \w+){0,3} (?:is|sounds?|do you)(?: \w+)? (?:better|best|worse|worst|nicer|prefer)\b(?! (?:keys?|scale|capo|chords?|tempo))|\bworth (?:listening|buying|it)\b|\bany good\b|\bbetter (?:song|one|track)\b|\b(?:should|would) i (?:buy|release)\b|\bcould (?:it|this) be a hit\b"),
    ("file", r"\b(?:bit ?-?rate|sample ?-?rate|sampling rate|bit depth|kbps|khz|codec|file ?(?:size|type|format)|what format|lossless|lossy|how big is|megabytes|mb\b|how many channels|metadata|comment tag)\b"),
    ("tuning", r"\b(?:tuned|tuning|tune (?:my|the|a|your)|concert pitch|a ?= ?4\d\d|4(?:32|40|15|42) ?(?:hz|hertz)?|in cents|how many cents|temperament)\b"),
    ("technique", r"\b(?:strum(?:ming)? pattern|strumming|picking|finger-?pick\w*|fingerings?|plectrum|bowing|bowed|sustain pedal|(?:left|right|which) hand|articulation|legato|staccato|string gauge|embouchure|breath(?:ing)?|stick(?:ing)?)\b"),
    ("level of skill", r"\bgrade (?:\d|one|two|three|four|five|six|seven|eight)\b|\b(?:how )?(?:difficult|difficulty|hard(?:er|est)?|eas(?:y|ier|iest)|trick(?:y|ier|iest)|challenging)\b(?= (?:is (?:it|this)|to (?:play|sing|learn)|for (?:a |my )?(?:beginner|child|kid|pupil|student)\w*|level|piece))|\bbeginners?\b|\b(?:how (?:difficult|hard) )"),
    ("gear", r"\b(?:reverb|compress(?:or|ion|ed)|equali[sz]er|\beq\b|distortion|overdrive|fuzz|pedals?|plug-?ins?|amp|amplifier|microphones?|mics?|daw|ableton|logic pro|pro tools|auto-?tuned?|effects?|fx|preset|vst|(?:vocal|effects?|signal|mastering|mix) chain|pick-?up (?:position|selector)|(?:neck|bridge|single[- ]coil) pick-?up|tube|valve|what (?:guitar|synth|drum machine|piano|bass) (?:is|was|did))\b"),
    ("origin", r"\b(?:ai[- ](?:generated|made)|made (?:by|with) (?:an )?ai|generated by|a cover|cover (?:version|song|of)|a remix|original (?:version|recording)|samples?d?|sampled|plagiari\w+|stolen|copied|copyright\w*|licen[cs]\w+|isrc|(?:owns?|holds?|has|have) the (?:\w+ )?rights|rights[- ]?holders?|rip-?off|use (?:it|this) (?:in|for) (?:my|a|our)|royalty|recorded live|live (?:recording|version|or)|a demo|public domain)\b"),
    ("fame", r"\b(?:how old is|who (?:is|was) (?:the )?(?:target|audience)|biography|how many (?:albums|members)|married|born|die[ds]?|alive|net worth|(?<!for )(?:spotify|youtube|apple music)|instagram|on tour)\b"),
)  # fmt: skip

DEEDS: tuple[tuple[str, str], ...] = (
    ("caption", r"\bcaptions?\b|^(?:an? |the |one |short |some )*(?:paragraph|blurb|write-?up|programme notes?|program notes?|liner notes?)\b|\b(?:sum(?:mari[sz]e| up)?|describe) (?:each|every) (?:section|part)\b|\b(?:write|give|make|draft|compose)(?: me)? (?:a |an |some )?(?:short |rich |long |nice |detailed |one )?(?:paragraph|description|blurb|programme note|program note|liner notes?|caption)\b|\bdescri\w+ (?:\w+ ){0,4}in (?:a paragraph|(?:great |full |some |more )?detail|prose|full|words)\b|\bin (?:a|one) paragraph\b|\bhow (?:does|do|did) (?:it|this|that|the (?:song|track|piece)) (?:develop|evolve|unfold|progress|change over time|build)\b|\bdescri\w+ how (?:it|this|that|the \w+) (?:builds?|develops?|evolves?|unfolds?|changes?|progresses)\b|\bsection by section\b|\bpart by part\b|\bchanges? over time\b|\bover the course of\b|\b(?:walk|talk|guide|take) me through\b"),
    ("stems", STEMS_WANTED),
    ("export", r"\b(?:export|save(?! me\b| us\b| (?:some )?time| (?:this|it|that) for)|download|convert|print|render|draw|plot|visuali[sz]e)\b|\b(?:as|to|in|into|on) (?:a |an )?(?:pdf|png|svg|json|csv|jams|chord ?pro|mp3|wav file|spread ?sheet|lead ?sheet|picture(?! this)|image|chord chart|chart(?! position))\b|\b(?:make|give|get|send|need|want|create|show|have|do)(?: me)? (?:a |an |the |it as a |this as a )?(?!big|whole|full|complete)(?:\w+ )?(?:chord ?pro|chord chart|click ?track|metronome track|picture|image|poster|diagram|csv|jams|svg|png|pdf|lead ?sheet|visuali[sz]ation|spread ?sheet)\b|\bclick ?track\b|\b(?:need|want|like|love|give|make|get|have)\b.{0,8}\ba click\b|\b(?:jams|csv|json|chord ?pro|lab|svg|png) files?\b|\b(?:as|to|into|in) (?:a |an )?(?:text )?file\b"
        r"|\b(?:make|turn|get|give|bounce|need|want)\b.{0,20}\b(?:mp3|wav|flac|ogg|aiff?)s?\b|^(?:an? |the )?(?:lead ?sheet|spread ?sheet|csv|chord ?pro)s?\b"),
    ("notes", rf"\bmidi\b|\btranscri(?:be|ption|bing|bed)\b|\bsheet music\b|\b(?:staff )?notation\b|\b(?:the|a|full) score\b(?! (?:for|of) (?:the |a )?(?:film|movie|game))|\bscore (?:of|for) (?:it|this|that|the (?:piano|song|piece|track|vocals?))\b|^{LEAD}(?:piano |vocal |full )?score{TAIL}$|\bguitar tabs?\b|\btabs? (?:out |of |for )?(?:it|this|that|the)\b|\btablature\b|\b(?:the|a|me) tabs?\b|\bmusic ?xml\b|\b(?:in|for|into) (?:muse ?score|sibelius|finale|dorico)\b"
        r"|\bbass ?lines?\b|\bnotes (?:are|is|does|do) (?:\w+ )*(?:play\w*|hit|used)\b|\b(?:what|which) notes? (?:is|are|does|do) (?:the )?(?:guitar|piano|bass|solo|strings|synth|keys|left hand|right hand)\b|\bdrum (?:pattern|part|notes)\b|\bkick pattern\b|^(?:all )?(?:the )?notes,? please\b|\bhow many notes\b(?! (?:are |is )?in (?:the |a |each )?(?:chord|scale|key|bar))"
        rf"|\b(?:write|writing|note|jot|take)(?: me| us)? (?:down|out) (?!(?:the )?(?:chords?|lyrics|words|tempo|key|progression|changes))(?:the |all |what |her |his |that |this )*(?:notes|{PART_LIST}|parts?|solo|melody|tune|top ?-?line|riff|line)\b|\bnotate\b"
        r"|\b(?:what|which)(?: notes)? (?:is|are|does|do) the (?:kick|snare|hi-?hats?|drummer|drums|bass|bassist|bass player|pianist|left hand|right hand)(?: \w+)? (?:doing|play(?:ing|s)?|do|up to)\b"),
    ("melody", r"\bmelod(?:y|ies|ic)\b(?! instruments?)|\btop ?-?lines?\b|\b(?:vocal|lead) lines?\b|\bwhat is the tune(?= ?[?.!]*$)|\bvocal range\b|\b(?:high|low)est(?: and (?:the )?(?:high|low)est)? (?:note|pitch)(?:e?s)?\b|^(?:and )?what is the range(?= ?[?.!]*$)|\btoo (?:high|low) (?:for|to sing)\b|\b(?:tune|melody|line)'?s? range\b|\brange of the (?:tune|song|line)\b|\bhow many (?:octaves|semitones|notes) (?:does|do|can|is|are) (?:the )?(?:she|he|they|it|singer|voice|vocals?|vocalist|melody|her|his)\b|\b(?:sing\w*|singer|voice|vocals?|vocalist|she|he|melody)\b.{0,20}\b(?:above|below|over|under|reach\w*|hits?|higher than|lower than|high as|low as|up to|down to) (?:an? |the )?(?:high |low |top )?[a-g](?:#|b)?\d\b|\b(?:high|low)est (?:that )?(?:he|she|they|the (?:singer|voice|vocals?))\b|\b(?:top|bottom) note\b|\bhow (?:high|low) (?:do(?:es)?|can|is) (?:the )?(?:voice|singer|vocals?|vocalist|she|he|they|melody)\b|\brange of the (?:voice|singer|vocals?|melody)\b|\b(?:voice|singer|singer'?s|vocalist'?s?|vocals?|her|his) range\b|\btessitura\b"
        r"|\b(?:sing|sung|singing|sings|singer|voice|vocals?|vocalist)(?: \w+){0,2} (?:in tune|flat|sharp|on pitch|off)\b|\bin tune\b(?! with (?!a ?=? ?4\d\d))|\bout of tune\b|\boff[- ]key\b|\bpitchy\b|\bintonation\b|\b(?:flat|sharp) notes\b(?=.*\b(?:sing\w*|she|he|voice|vocals?|hit)|$)|\b(?:she|he|they|singer) (?:hits?|sings?)\b.{0,12}\b(?:flat|sharp|off)\b|\bnotes? (?:(?:is|are|was|were|that|being) )*(?:sung|held)\b|\b(?:what|which) notes? (?:is|are|do|does) (?:he|she|they|the (?:singer|vocalist|melody|voice|vocals?))\b"
        r"|\b(?:suit|suits|suitable|fits?|sing(?:able)?|work|works|manage|reach|right|comfortable|good|range|high|low)\b(?: \w+){0,4}? (?:for |to )?(?:an?|the|my) (?:\w+ )?(?:mezzo(?:-soprano)?|soprano|contralto|alto|countertenor|tenor|baritone|bass(?= voice| singer| ?[?.!]*$))s?\b|\b(?:sopranos?|altos?|tenors?|baritones?)\b(?: \w+){0,1} (?:sing|reach|manage|cope)\b"),
    ("analysis", r"\bpivot chords?\b|\bvoice[- ]leading\b|\bcounterpoint\w*|\bcontrapuntal\b|\bparallel (?:fifths|octaves)\b|\binner voices?\b|\bfigured bass\b|\btexture\b|\bphrases?\b|\bphrasing\b|\b(?:homo|poly|mono)phonic\b|\balberti\b|\bornaments?\b|\btrills?\b|\bmotifs?\b|\bmotives?\b|\bfugue\b|\bfigurations?\b|\bon (?:what|which) (?:string|fret)s?\b|\b(?:what|which) (?:frets?|strings?) (?:is|are|do|should)\b"),
    ("generation", r"\bmake (?:the|my) (?:\w+ ){1,3}?(?:longer|shorter|slower|faster|quicker|louder|quieter|sadder|happier)\b|\bstretch (?:it|this|that|the \w+) (?:out )?to \w+|(?<!should i )(?<!\bi )\b(?:generate|compose|write|make|create|produce|sing|improvise|render|remix|continue|extend|imagine|hum)(?: me)? (?:a|an|some|something|it|this|that|me|another|new|more)\b(?! (?:note|list|summary|description))|(?<!we )(?<!\bi )(?<!they )(?<!to )\bplay (?:it|me|this|that|the (?:song|track|chords|intro))\b(?: for me| back| again)?(?! (?:on|with|in|at|to|over|along|right|after|before))|\bmake (?:it|this) (?:faster|slower|sadder|happier|sound|louder|jazzier|more)\b|\bslow (?:it|this) down\b(?= (?:to|by|for)|$)|\bspeed (?:it|this) up\b(?= (?:to|by|for)|$)|\b(?:pitch|time)[- ]?(?:shift|stretch)\w*\b|\bturn (?:it|this|that) into\b"),
    ("edit", r"\b(?:get(?:ting)? rid of|remove|cut out|take out|strip|delete|lose|snip|shave|clean up|clear out|kill) (?:(?:the|all|any|that|those|this) )?(?:\w+ )?(?:silences?|gaps?|pauses?|dead air|count[- ]?in|hiss|hum|applause|clicks?|crackles?|background noise|noise)\b|\b(?:cut|trim|crop|chop|take|lose|snip|shave|strip|edit|drop)\b(?!.*\b(?:where|how)\b).{0,40}\b(?:silences?|dead air|gaps?)\b|\b(?:silences?|dead air|gap)\b.{0,30}\b(?:cut|trimm?(?:ed)?|cropp?(?:ed)?|chopp?(?:ed)?|removed?|taken? (?:away|off|out))\b|\bloop (?:it|this) (?:so|until|till|for)\b|\b(?:you|please|me)\b.{0,12}\b(?:cut|trim|shorten|crop|chop|slice|splice|fade|cross-?fade|normali[sz]e|master|remaster|denoise|loop|edit|reverse|speed up|slow down) (?:it|this|that|them|the (?:song|track|file|intro|end|ending|recording))\b|^(?:cut|trim|shorten|crop|chop|fade|reverse|normali[sz]e) (?:it|this|the)\b"),
    ("build", r"\bbuild[- ]?ups?\b(?! from)|\b(?:energy|tension|it|this|song|track) builds?\b|\b(?:the|a|bass) drop\b(?! (?:out|in|away)\b)|\bdrops?\b(?= (?:happen|hit|come|is|in|time))"),
    ("structure", r"\bhow (?:is|was) (?:it|this|that|the (?:song|track|piece)) (?:built|put together|laid out|organi[sz]ed|arranged|constructed)\b|\b(?:structure[ds]?|song form|sections?|verses?|(?:pre-? ?|post-? ?)?chorus(?:es)?|bridge|middle[- ](?:8|eight)|refrains?|hooks?|interlude|development|exposition|recapitulation|sonata form|rondo|stanzas?|break ?downs?\b(?! the)|coda|(?=\w*a)(?=\w*b)[abcd]{4,8}|the solo|solos?\b(?! (?:over|piano|guitar|vocals?|voice|with|along|instrument|violin|cello|singer|artist))|instrumental break|intro\b|outro|laid out|lay ?out|road ?map|(?:[b-h][- ]|a-)(?:section|part)|the a (?:section|part))\b|\bform of (?:it|this|that|the (?:song|track|piece|tune|music|movement))\b|\bwhat form(?= (?:is|does|has|do)\b| ?[?.!]*$)|\b(?:the|its|overall|musical) form\b(?! of)|\b(?:map|lay|chart|sketch) (?:out )?(?:it|this|the (?:song|arrangement|track|whole))\b|\barranged\b(?= ?[?.!]*$)|\bthe head\b(?! of)|\b(?:what|how) is the arrangement\b"
        r"|\b(?:what|which|any|some)(?: \w+)? (?:parts?|bits?)\b(?: \w+)? (?:repeats?|comes? (?:back|round|again)|returns?)\b|\b(?:what|which) (?:part|bit) (?:am i|are we)\b|\b(?:long|short)est part\b|\bhow many (?:different |distinct )?parts\b"),
    ("loudness", r"\b(?:lufs|lkfs|loudness|dynamic range|dynamics|rms|(?:true |sample )?peaks?(?= level| at| dbfs|\W*$)|how (?:loud|hot)|silences?|pauses?|(?:does|do|did|is|are) (?:it|this|that|they|the \w+) (?:\w+ )?clip|clipping|clipped|headroom|volume|decibels?|\d+ ?db|in db|(?:loud|quiet|hot) enough|too (?:loud|quiet|hot)|(?:is|are|was) (?:it|this|that|they|these|the (?:song|track|master|mix)) (?:mastered |very |really |quite |pretty |rather |that |a )*(?:loud|quiet|hot)(?= (?:master|mix|track|song|one)\b|\W*$)|(?:loudest|quietest|softest)|crest factor|\blra)\b"),
    ("spectrum", r"\b(?:spectr(?:um|al|ogram)|frequenc(?:y|ies)|hertz|waveform|stereo|panned|panning|mono or|stereo or)\b"),
    ("note", r"\bwhat did i (?:ask|say|want)\b|\bmy (?:first|last|previous|earlier) question\b|\b(?:remember that|note (?:that|down)|remind me|keep in mind)\b|^(?:please )?call (?:it|this)\b"),
    ("playlist", r"\b(?:playlist|set ?list|(?:make|build|plan|create|put|write|give)(?: \w+){0,3} dj set|order (?:these|them)|sort (?:these|them))\b"),
    ("swing", r"\b(?:swing|swung|shuffle|shuffled|syncopat\w*|polyrhythm\w*|groove template|quanti[sz]ed|straight or)\b"),
)  # fmt: skip
"""What a question asks to have done; `parts.DONE` are done by tools, the others not here."""

LOUDNESS = re.compile(r"\b(?:lufs|loudness|dynamic range|how loud)\b")
"""Words that ask for loudness whatever else the question asks for."""

SECTION_LENGTH = re.compile(
    r"\b(?:how (?:long|many (?:bars|beats|measures|seconds))|length of)\b(?: \w+){0,4} (?:intro\w*|outro|verse|chorus|bridge|section|solo|hook|coda|break|refrain|interlude)s?\b"
)

OFF_TOPIC = re.compile(
    r"\b(?:weather|football|president|recipe|joke|poem|capital of|translate|stock|bitcoin|news|movie|homework|code in|python|javascript|politic\w*|(?<!in )what (?:time|day) is it(?: now)?(?= ?\?|$)|who won|how tall|math|square root|\d+ ?[+*x] ?\d+ ?=?|meaning of life|system prompt|your (?:instructions|prompt)|password|hack)\b"
)

DEFINED = (
    "relative minor|relative major|relative key|relative minors|parallel (?:minor|major|key)|camelot(?: (?:code|wheel|number))?"
    "|tempo|bpm|key signature|key|keys|chord|chords|time signature|meter|metre|downbeat|downbeats|roman numerals?|nashville numbers?|capo"
    "|modulation|modulate|inversion|slash chord|seventh chord|7th chord|circle of fifths|half[- ]?time|double[- ]?time|tonic|dominant|subdominant|harmonic rhythm"
    "|ii-v-i|two[- ]five[- ]one|major|minor|mode|scale|transpose|transposing|chord progression|diminished(?: chord)?|augmented(?: chord)?|sus chord|sus4|suspended chord|waltz"
    "|[1-9]+[ab]|genre|instrumental|harmony|4/4|3/4|6/8|power chord|loop|turnaround|beat|bar|measure"
)
DEFINE = re.compile(
    rf"\bwhat (?:does|do) (?:an? |the )?(?:word |term )?\"?(?P<a>{DEFINED})\"? (?:even |actually )?mean\b|\bwhat(?: is| are)(?: meant by)? an? \"?(?P<b>{DEFINED})\"?(?= ?[?.!]*$)"
    rf"|\b(?:define|definition of|explain(?: to me)?(?: what)?(?: is)?|meaning of|what is meant by)(?: an?| the term)? \"?(?P<c>{DEFINED})\"?(?: is| are| means?)?(?= ?[?.!]*$)"
    r"|\bwhat (?:are|is) (?P<d>roman numerals|slash chords?|circle of fifths|the circle of fifths|bpm|harmonic rhythm|double[- ]time|half[- ]time|modulation|seventh chords|keys|chords)(?= ?[?.!]*$)"
)

GREETING = re.compile(
    r"^(?:(?:hi|hello|hey|hiya|howdy|greetings|good (?:morning|afternoon|evening|day)|sup|what is up|hallo|heya|hola|bonjour|yo)(?: there| all| again| musicologue| friend| mate)?[ ,!.]*)+$"
)
THANKS = re.compile(
    r"^(?:(?:ok|okay|great|cool|nice|perfect|lovely|awesome|brilliant|excellent|wow|super|right|alright|oh)[ ,!.]*)*(?:thanks?|thank you|cheers|much appreciated|appreciate it|merci|danke|gracias)(?: (?:a lot|ever so much|ever so|kindly|indeed|dear|my dear|so much|very much|you|mate|again|for (?:that|the help|your help|everything)|that is (?:great|helpful|all)|a bunch|man|buddy))*[ ,!.]*$"
)
PRAISE = re.compile(
    r"^(?:(?:ok|okay|great|cool|nice(?: one)?|perfect|lovely|awesome|brilliant|excellent|wow|super|right|alright|yes|yep|yeah|no|nope|good|fine|i see|got it|interesting|amazing|sweet|fair enough|good to know|makes sense|well done|good job|good bot|impressive|neat|hmm+|hm|uh|um|lol|haha|ah|oh|true|sure thing|agreed|exactly)[ ,!.]*)+$"
)
BYE = re.compile(
    r"^(?:ok |okay |well )?(?:bye|goodbye|good night|see you|see ya|cya|later|farewell|that is all|i am done|quit|exit|take care)(?: (?:then|now|for now|later|bye|thanks))*[ ,!.]*$"
)
HELP = re.compile(
    r"^(?:help|help me|/help|menu|commands?|options|how (?:do|does|can|should) (?:i|this|it|you) (?:use (?:this|you|it)|work)|what now)[ ?!.]*$"
    r"|\bwhat (?:can|do|could) (?:you|i) (?:do|ask|help)\b(?: you| with| me| for me)*|\bwhat (?:kinds? of |sort of )?(?:questions|things) can (?:i|you)\b|\bwhat are you (?:able|capable|good)\b|\bhow can you help\b|\bwhat should i ask\b|\bhow do(?:es)? (?:i use )?(?:you|this) (?:thing )?work\b|\bwhat (?:are|is) your (?:capabilities|abilities|features|skills)\b|\bcan you help(?: me)?(?= ?[?!.]*$)|\bwhat else can you do\b"
)
WHO = re.compile(
    r"\b(?:who|what) (?:are|r) you\b(?! (?:hearing|listening|doing))|\byour name\b|\bare you (?:an? )?(?:ai|bot|robot|human|real|person|llm|language model|chat ?gpt|gpt)\b|\bhow are you(?: doing| today)*\b(?= ?[?!.]*$)|\bwho made you\b|^can you (?:actually |really )?hear(?: me| music| it| this)?(?= ?[?!.]*$)"
)


@lru_cache(maxsize=1024)
def name_of(table: tuple[tuple[str, str], ...], text: str) -> tuple[str, re.Match[str]] | None:
    """Return the name and the match of the first row that fits, or None."""
    for name, pattern in table:
        match = re.search(pattern, text)
        if match:
            return name, match
    return None
