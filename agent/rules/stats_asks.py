"""Questions for counts and averages of the whole library: what of `library_stats` they ask for."""

import re
from typing import Any

from agent.rules.asks import Situation
from agent.rules.lexicon import find_labels
from agent.rules.library_said import labels
from agent.rules.library_words import search_args
from agent.rules.references import Reference
from agent.rules.whole_library import MINE, focused, unowned
from agent.rules.wording import plain
from agent.wish import PACES, tokens

TOOL = "library_stats"
_NOUNS = r"(?:songs|tracks|tunes|pieces|recordings|ones|numbers|titles|files|waltzes|instrumentals|ballads)"
_TEMPO = r"(?:tempos?|tempi|bpms?|speeds?|paces?)"
_MEAN = re.compile(
    r"\b(?:average|averages|averaged?|mean|median|typical|on average|in the middle)\b"
)
_COMMON = re.compile(
    r"\b(?:most|more|least) (?:common|frequent|popular|used|usual|widespread|often|frequently)\b|\bcommonest\b|\b(?:turn|come|show|crop|pop)s? up (?:the )?(?:most|least)\b"
    r"|\b(?:key|keys|genre|style|mood|instrument|meter|time signature)\b.*\b(?:the )?most(?: often| of(?: all)?)?\W*$|\bmost (?:of )?(?:my|the|these|those) \w+ (?:in|are)\b|\b(?:dominant|main|predominant|favou?rite|dominates?|predominates?|prevalent)\b"
    r"|\b(?:what|which) (?:different |other |all )?(?:keys|genres|styles|moods|instruments|meters|time signatures)\b(?: \w+)? (?:are (?:there|in (?:here|there|it|the|my))|do (?:i|we|you) have|have (?:i|we) got|is there)\b"
    r"|\b(?:list|show|order|sort|group|arrange|organi[sz]e|sorted|grouped) (?:(?!these|those)\w+ ){0,4}?by (?:the |their )?(?:keys?|genres?|styles?|moods?|instruments?|met(?:er|re)s?|time signatures?)\b"
    r"|\b(?:two|three|several|multiple|any|some)(?: \w+){0,3}? (?:in|with|of|at|have|has|share) (?:exactly )?the same (?:key|genre|style|mood|meter|time signature)\b"
    r"|\b(?:spread|breakdown|distribution|range|mix|split|tally) of (?:the |my )?(?:keys|genres|styles|moods|instruments|meters|tempos?|tempi)\b"
)
_BALANCE = re.compile(
    r"\b(?:more|mostly|mainly|largely|how much|how many|share|proportion|percentage|split|ratio|balance|outnumber\w*|versus|vs)\b.*\b(?:major|minor)\b.*\b(?:or|than|and|to|versus|vs|against)\b.*\b(?:major|minor)\b"
    r"|\b(?:major|minor)s?\b.*\b(?:or|versus|vs|against|outnumber\w*|than|to)\b.*\b(?:major|minor)s?\b.*\b(?:split|ratio|balance|more|most|win\w*|common)\b|\b(?:mostly|mainly|largely|predominantly) (?:in )?(?:major|minor)\b|\bmajor[ -/]*minor (?:split|ratio|balance)\b|\b(?:major|minor) (?:keys? )?outnumber\w*\b"
)
_TOTAL = re.compile(
    r"\bhow much (?:music|audio|material|sound)\b|\bhow (?:long|much) (?:is|would|does|are|do)\b.*\b(?:all told|in total|altogether|all together|in all|total|whole|entire|everything|end to end|back to back)\b"
    r"|\b(?:total|combined|overall|whole|full) (?:length|duration|(?:playing|running|play|run) ?time|time|runtime)\b|\bhow many (?:hours|minutes|days|hrs|mins)\b|\bhours[- ]wise\b|\bhours of (?:music|it)\b.*\?"
)
_MANY = re.compile(
    rf"\bhow many(?: of (?:these|those|them|the|my|our|all))?(?: [\w#'-]+){{0,4}}? (?:{_NOUNS}|do i (?:have|own)|have i got|are|is|have|has|use|feature|go|run|were|fit)\b|\bhow (?:big|large) is (?:my|the|this|your) (?:library|collection)\b"
    rf"|\b(?:number|count|amount) of (?:\w+ )?{_NOUNS}\b|^count (?:up )?(?:all )?(?:my|the|these|those|them|how many)\b|\bhow many(?: are there)?(?: in (?:all|total|here|there))?\W*$|\bhow many have i\b"
    rf"|\b(?:what|which|how big) (?:an? )?(?:proportion|share|percentage|fraction|part) of (?:my|the|our|all|these) "
)
_NOT_MANY = re.compile(
    r"\b(?:open|opened|loaded|chords?|keys|beats|bars|sections|notes|singers|voices|instruments|times)\b"
)
_OVERVIEW = re.compile(
    r"\b(?:library|collection)(?:'s)? (?:stats|statistics|numbers|figures|summary|overview|breakdown|facts)\b|\b(?:stats|statistics|numbers|figures|overview|breakdown|summary) (?:of|on|for|about) (?:my|the|your|our|this|all|everything|these)\b(?! (?:song|track|tune|piece|one))"
    r"|^(?:please |give me |show me |some |the |any )*(?:stats|statistics)(?: please)?\W*$|\b(?:sum|break) (?:up|down) (?:my|the|our) (?:\w+ )?(?:library|collection)\b|\bsummari[sz]e (?:my|the|our) (?:\w+ )?(?:library|collection)\b"
)
_HIGH = r"(?:fastest|quickest|loudest|longest|newest|latest|hottest|highest)"
_LOW = r"(?:slowest|quietest|softest|shortest|oldest|earliest|lowest)"
_ENDS = re.compile(
    rf"\b{_HIGH}\b.*\b(?:and|or|to|than|over|versus|vs|from|against)\b.*\b{_LOW}\b|\b{_LOW}\b.*\b(?:and|or|to|than|over|versus|vs|from|against)\b.*\b{_HIGH}\b"
    rf"|\b(?:range|spread) of (?:{_TEMPO}|lengths?|loudness|levels)\b|\b(?:{_TEMPO}|loudness|length) (?:range|spread)\b"
)
FIGURES = {
    "tempo": re.compile(rf"\b(?:{_TEMPO}|fast\w*|slow\w*|quick\w*)\b"),
    "length": re.compile(r"\b(?:lengths?|long\w*|short\w*|durations?|(?:playing|running) ?time)\b"),
    "loudness": re.compile(r"\b(?:loud\w*|quiet\w*|soft\w*|levels?|lufs|volume|hottest)\b"),
    "year": re.compile(r"\b(?:years?|old\w*|new\w*|ages?|latest|earliest)\b"),
}
LISTED = {
    "keys": re.compile(r"\b(?:keys?|tonalit\w+)\b"),
    "genres": re.compile(r"\b(?:genres?|styles?|kinds? of music|types? of music)\b"),
    "moods": re.compile(r"\b(?:moods?|feel|vibes?|feelings?)\b"),
    "instruments": re.compile(r"\binstruments?\b"),
    "meters": re.compile(r"\b(?:met(?:er|re)s?|time signatures?)\b"),
    "modes": re.compile(r"\bmodes?\b"),
}
_SPOKEN = frozenset(tokens(
    "average averages mean median typical tempo tempos tempi bpm speed pace key keys genre style mood instrument meter metre time signature mode"
    " common commonest frequent popular used usual often frequently turn come crop pop up most more least than versus vs major minor mostly mainly split ratio balance"
    " total combined overall length duration playing running runtime hour minute day long music audio all told altogether wise count number amount"
    " stat statistics figure overview breakdown summary fact sum break down spread distribution range of share proportion percentage tally"
    " library collection whole entire across over everything big large end back piece waltz instrumental ballad them these those there here dominant main favourite prevalent"
    " what which how many much is are in i have my got do own the and by to from one song track tune number title file recording lot it its they be give take tell show me list order sort group arrange organize sorted grouped different other two three several multiple any some same with all exactly share"
    " fast slow quick loud quiet long short year old new loudness level volume fastest slowest loudest quietest longest shortest oldest newest softest quickest hottest lowest highest latest earliest"
    " vocal voice singing sung running set run use feature fit keep kept put together only just mine our we us said say please then now so well again actually really under above below"
))  # fmt: skip


def find(text: str, reference: Reference, situation: Situation) -> tuple[str, ...]:
    """Return what a plain question wants counted of the library, () where it is no such question."""
    if TOOL not in situation.tools or reference.kind in ("named", "other", "missing"):
        return ()
    what = wanted(text)
    if not what or not (_free(text, what, situation) or _says_so(text, what, situation)):
        return ()
    if re.search(
        r"\b(?:this|that) (?:one|song|track|tune|piece|recording)\b|#\d|\bdoes it\b|^is it (?!all)",
        text,
    ):
        return ()
    return () if _unknown(text) else what


def wanted(text: str) -> tuple[str, ...]:
    """Return what is asked for: ``"many"``, ``"total"``, ``"mean tempo"``, ``"common keys"`` and the like."""
    if _OVERVIEW.search(text):
        return ("all",)
    figures = [name for name, words in FIGURES.items() if words.search(text)]
    if _ENDS.search(text):
        return tuple(f"ends {name}" for name in figures[:2])
    if _BALANCE.search(text):
        return ("modes",)
    if _TOTAL.search(text):
        return ("total",)
    if _MEAN.search(text) and figures:
        return tuple(f"mean {name}" for name in figures[:2])
    if _COMMON.search(text):
        listed = [name for name, words in LISTED.items() if words.search(text)]
        return tuple(f"common {name}" for name in listed[:2])
    return ("many",) if _MANY.search(text) and not _NOT_MANY.search(text) else ()


def args(words: str) -> dict[str, Any]:
    """Return the filters of a question for counts."""
    text = plain(words)
    found = search_args(words)
    left = str(found.get("text", ""))
    kept = {k: v for k, v in found.items() if k not in ("text", "in_sections", "limit", "order")}
    if "modes" in wanted(text):
        kept.pop("mode", None)
    if heard := find_labels(left.lower(), "instruments"):
        kept["instruments"] = list(heard)
    if tags := [x for kind in ("genres", "moods") for x in find_labels(left.lower(), kind)]:
        kept["tags_any"] = tags
    if "bpm_min" not in kept and "bpm_max" not in kept and "many" in wanted(text):
        pace = re.search(r"\b(?P<slow>slow)\b|\b(?P<fast>fast|quick|uptempo)\b", text)
        if pace:
            low, high = PACES["slow" if pace["slow"] else "fast"]
            kept |= {"bpm_max": high} if pace["slow"] else {"bpm_min": low}
    return kept


def _free(text: str, what: tuple[str, ...], situation: Situation) -> bool:
    """Tell whether no track is opened that could be meant, nor one talked about."""
    plainly = what[0].startswith(("mean", "total")) and not re.search(rf"\b{_NOUNS}\b", text)
    return unowned(situation) and not (plainly and focused(situation))


def _says_so(text: str, what: tuple[str, ...], situation: Situation) -> bool:
    """Tell whether words say that the library is meant, though tracks were opened."""
    if MINE.search(text) or what == ("all",):
        return True
    alone = len(situation.tracks) < 2
    many = "many" in what and re.search(r"\bhow many (?:\w+ )?(?:songs|tracks)\b", text) is not None
    return alone and (many or re.search(r"\b(?:everything|songs|tracks|tunes)\b", text) is not None)


def _unknown(text: str) -> bool:
    """Tell whether words are left that no filter and no count is of: who, when, why."""
    left = str(search_args(text).get("text", ""))
    for label in labels(left):
        left = " ".join(w for w in left.split() if label not in labels(w))
    return any(token not in _SPOKEN for token in tokens(left) if not token.isdigit())
