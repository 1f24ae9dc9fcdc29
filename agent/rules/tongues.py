"""Questions in German, French, Spanish and Korean, put into the English that the rules know.

Nothing is translated word by word: a table tells which notion of music a word names, and the notions
make an English question. A question with a word that stands in no table is left to the trained
model, which reads more than is listed here; so is one that names a track.
"""

import re
import unicodedata
from collections.abc import Mapping
from functools import cache

from agent.rules.asks import Situation

LANGUAGES = ("de", "fr", "es", "ko")

_NOTIONS: dict[str, tuple[str, str, str, str]] = {
    # -- deeds
    "give": (r"gib mir|gebt mir|hatte gerne?|mochte|brauche", r"donne(?:z)?-moi|voudrais|veux", r"dame|quiero|quisiera", r"들려 ?줘|들려 ?주\S*"),
    "remove": (r"ohne|entfern\w*|losch\w*|weg(?:lassen|machen|nehmen)?", r"sans|enlev\w*|retir\w*|supprim\w*|vir(?:e|er|ez)", r"sin|quit(?:a|ar|ame|es|e)|elimina\w*|borr(?:a|ar)", r"없애\S*|빼고|빼줘|빼 ?주\S*|제거\S*|지워\S*|없이"),
    "karaoke": (r"karaoke\w*|playback|begleitung|instrumentalversion", r"karaoke|accompagnement|playback|version instrumentale", r"karaoke|acompanamiento|pista instrumental|version instrumental", r"노래방|반주|엠알"),
    "separate": (r"trenn\w*|isolier\w*|extrahier\w*|(?:he)?raus\w+|zerleg\w*|aufteil\w*|(?:einzel)?spuren?|stems?|einzeln\w*|separat\w*|allein\w*", r"separ\w*|isol\w*|extrai\w*|pistes?|stems?|decompos\w*|seule?s?|a part", r"separ\w+|aisl\w+|extra\w+|sac(?:a|ar|ame)|pistas?|stems?|aparte|por separado", r"분리\S*|따로|추출\S*|뽑아\S*|뽑을|나눠\S*|스템\S*"),
    "only": (r"nur|blo(?:ss|ß)", r"(?:seulement|juste|uniquement|(?<!est-ce )que)(?= (?:la |le |les |l'))", r"(?<!un )(?<!el )(?<!algun )(?<!del )(?<!al )solo(?! de )|solamente|unicamente|nada mas", r"(?<=드럼)만|(?<=보컬)만|(?<=베이스)만|(?<=목소리)만|(?<=기타)만|(?<=피아노)만"),
    "midi": (r"midi\w*",) * 3 + (r"미디\S*|midi",),
    "sheet": (r"notenblatt|partitur|noten", r"partition", r"partitura", r"악보\S*"),
    "write": (r"transkribier\w*|(?:auf)?schreib\w*|auf(?=[ ?.!]*$)", r"transcri\w+|ecri\w*|not(?:e|er|ez)(?! )", r"transcri\w+|escrib\w*|anota\w*", r"채보\S*|적어\S*|옮겨\S*|만들어\S*"),
    # -- theory and form
    "relative": (r"paralleltonart|parallele tonart", r"tonalite relative|relati(?:f|ve)", r"tonalidad relativa|relativ[ao]", r"나란한 ?조\S*|관계조\S*|병행조\S*"),
    "progression": (r"akkord(?:folge|progression|schema)\w*", r"(?:suite|progression|grille) d'accords|grille|progression", r"(?:progresion|secuencia)(?: de acordes)?", r"코드 ?진행\S*"),
    "change": (r"wechsel[nt]?|tonart(?:en)?wechsel|tempowechsel|(?:ver)?ander[nt]\w*|modulier\w*|modulation\w*", r"chang\w*|modul\w*|vari(?:e|ent|er)", r"cambi\w*|modul\w*|varia\w*", r"바뀌\S*|바뀐\S*|변하\S*|변화\S*|전조\S*|달라지\S*"),
    "steady": (r"konstant|gleichma(?:ss|ß)ig|stabil|gleich(?:bleibend)?", r"constant|regulier|stable", r"constante|estable|regular", r"일정\S*"),
    "major": (r"dur", r"majeur", r"mayor", r"장조\S*"),
    "minor": (r"moll", r"mineur", r"menor", r"단조\S*"),
    "key": (r"tonart\w*|tonlage", r"tonalites?|tonalite", r"tonalidad(?:es)?|tono|clave", r"조성\S*|(?<![가-힣])조(?:는|가|야|이야|인가\S*|예요|에요|로|를|인지)|키(?:는|가|야|예요|가 뭐\S*)?(?= |$)|(?<![가-힣])조(?= |$)"),
    "tempo": (r"tempo|bpm|wie schnell|geschwindigkeit", r"tempo|bpm|vitesse", r"tempo|bpm|velocidad|golpes por minuto|pulsaciones por minuto", r"템포\S*|빠르기\S*|bpm\S*|비피엠\S*|속도\S*|얼마나 ?(?:빠르|빨라)\S*"),
    "fast": (r"schnell(?:es)?", r"vite|rapide", r"rapid[ao]", r"빠른\S*|빨라\S*|빠르\S*"),
    "slow": (r"langsam(?:es)?", r"lente?", r"lent[ao]", r"느린\S*|느려\S*|느리\S*"),
    "meter": (r"taktart|metrum|takt", r"signature rythmique|chiffrage|metrique|mesure", r"compas|metrica", r"박자\S*"),
    "bars": (r"takten?|takte", r"mesures", r"compases", r"마디\S*"),
    "chords": (r"akkord(?:e|en)?|harmonien?", r"accords?|harmonies?", r"acordes?|armonias?", r"코드\S*|화음\S*"),
    "form": (r"aufbau|aufgebaut|struktur|gegliedert|abschnitte?n?|teile?n?", r"structure|sections|parties|construite?", r"estructura|secciones|partes", r"구조\S*|구성\S*|형식\S*"),
    "intro": (r"intros?|vorspiel|einleitung", r"intro(?:duction)?", r"intro(?:duccion)?", r"인트로\S*|전주\S*|도입부\S*"),
    "pre-chorus": (r"pre-?chorus|vorrefrain", r"pre-?refrain", r"pre-?(?:coro|estribillo)", r"프리 ?코러스\S*"),
    "verse": (r"strophen?", r"couplets?", r"estrofas?|versos?", r"벌스\S*|(?<=[일이삼1-3])절\S*"),
    "chorus": (r"refrains?|chorus", r"refrains?", r"estribillos?|coros?", r"후렴\S*|코러스\S*|사비\S*"),
    "bridge": (r"bridge|bruckenteil|mittelteil", r"pont", r"puente", r"브릿지\S*|브리지\S*"),
    "solo": (r"\w*sol(?:o|i|os)", r"solos?(?: de \w+)?", r"solos?(?: de \w+)?", r"(?:기타 ?|피아노 ?|드럼 ?|색소폰 ?)?솔로\S*"),
    "outro": (r"outro|nachspiel", r"outro|coda", r"outro|coda", r"아웃트로\S*|후주\S*"),
    # -- sound
    "man": (r"mann(?:er)?", r"hommes?|chanteur", r"hombres?", r"남자\S*|남성\S*"),
    "woman": (r"frau(?:en)?|sangerin", r"femmes?|chanteuse", r"mujer(?:es)?", r"여자\S*|여성\S*"),
    "instrumental": (r"instrumental(?:stuck)?", r"instrumentale?", r"instrumental", r"연주곡\S*|경음악\S*"),
    "voice": (r"gesang\w*|stimmen?|gesungen|sing(?:t|en)|sanger|vocals?", r"voix|chant(?:e|ee|ent|s)?|vocals?", r"voz|voces|cant(?:a|an|ante|ada|ado)|vocal(?:es)?", r"보컬\S*|목소리\S*|노래(?=하|를 부르|를 불)\S*|부르\S*|불러(?!주|줘)\S*|가수\S*"),
    "drums": (r"schlagzeug\w*|drums?|trommeln?", r"batterie|percussions?|drums?", r"baterias?|percusion|tambores", r"드럼(?!만)\S*|드럼(?=만)|타악기\S*"),
    "bass": (r"bass(?:linie|spur)?", r"(?:ligne de )?basse", r"(?:linea de(?:l)? )?bajo", r"베이스(?!만)\S*|베이스(?=만)"),
    "guitar": (r"gitarren?", r"guitares?", r"guitarras?", r"기타(?!만)\S*|기타(?=만)"),
    "piano": (r"klaviers?|pianos?", r"pianos?", r"pianos?", r"피아노(?!만)\S*|피아노(?=만)"),
    "strings": (r"streicher", r"cordes", r"cuerdas", r"현악\S*|스트링\S*"),
    "violin": (r"geigen?|violinen?", r"violons?", r"violin(?:es)?", r"바이올린\S*"),
    "saxophone": (r"saxo(?:ph|f)on|sax", r"saxo(?:phone)?s?", r"saxo(?:fon)?(?:es)?", r"색소폰\S*"),
    "trumpet": (r"trompeten?", r"trompettes?", r"trompetas?", r"트럼펫\S*"),
    "flute": (r"floten?", r"flutes?", r"flautas?", r"플루트\S*|플룻\S*"),
    "organ": (r"orgel", r"orgue", r"organo", r"오르간\S*"),
    "synthesizer": (r"synth\w*", r"synth\w*", r"sintetizador\w*", r"신디\S*|신스\S*"),
    "instruments": (r"instrumente?n?", r"instruments?", r"instrumentos?", r"악기\S*"),
    "mood": (r"stimmung|gefuhl|atmosphare", r"ambiance|humeur|atmosphere", r"estado de animo|ambiente|animo|atmosfera", r"분위기\S*|느낌\S*|무드\S*"),
    "genre": (r"genre|stil|musikrichtung", r"genre|style", r"genero|estilo", r"장르\S*|스타일\S*"),
    "highest": (r"hochste[nr]?|hoch(?:ster)?", r"plus (?:haute?|aigue?)", r"mas (?:alta|aguda|agudo)", r"최고음\S*|(?:가장|제일) 높은"),
    "lowest": (r"tiefste[nr]?|tief(?:ster)?", r"plus (?:grave|basse)", r"mas (?:grave|baja)", r"최저음\S*|(?:가장|제일) 낮은"),
    "note": (r"ton|note", r"notes?", r"notas?", r"음(?:은|이|정\S*)?(?= |$)"),
    "loud": (r"laut(?:starke)?", r"fort|volume", r"volumen|fuerte|alto", r"음량\S*|시끄\S*|볼륨\S*"),
    "duration": (r"lange?|dauer[nt]?", r"dur(?:e|ee|ent)|longueur|longue?|longtemps", r"dur(?:a|an|acion)|(?<!lo )larg[ao]", r"길이\S*|길어\S*|몇 ?분\S*|걸려\S*"),
    # -- what is asked of them
    "sure": (r"sicher(?:heit)?", r"sure?|certaine?", r"segur[ao]", r"확실\S*|확신\S*"),
    "describe": (r"beschreib\w*", r"decri\w*", r"describ\w*", r"설명\S*|묘사\S*"),
    "last": (r"letzte[nrs]?", r"derniere?", r"ultim[ao]", r"마지막\S*"),
    "first": (r"erste[nrs]?", r"premiere?", r"primer[ao]?", r"첫 ?번째\S*|첫|(?:1|일)(?=절|·)"),
    "second": (r"zweite[nrs]?", r"deuxieme|seconde?", r"segund[ao]", r"두 ?번째\S*|둘째|(?:2|(?<![가-힣])이)(?=절|·)"),
    "third": (r"dritte[nrs]?", r"troisieme", r"tercer[ao]?", r"세 ?번째\S*|셋째|(?:3|(?<![가-힣])삼)(?=절|·)"),
    "when": (r"(?:ab )?wann|wo|welcher stelle|beginn\w*|fangt|setzt|ein(?=[ ?.!]*$)|an(?=[ ?.!]*$)", r"quand|quel moment|commenc\w*|entre(?:nt)?|arrive(?:nt)?|debut\w*", r"cuando|donde|que momento|empiez\w*|comienz\w*|entra[n]?", r"언제\S*|몇 ?초\S*|어디\S*|시작\S*|들어가\S*"),
    "many": (r"wie ?viele?|anzahl", r"combien", r"cuant[ao]s?", r"몇 ?개\S*|몇 ?번\S*|몇|얼마나"),
}  # fmt: skip
"""Notion -> how German, French, Spanish (without accents) and Korean name it; the order is that of the search."""
_SMALL: dict[str, str] = {
    "de": "welche welcher welches welchem welchen was wie ist sind war das der die den dem des ein eine einen einem einer es er sie und oder in im am an auf zu bei von vom mit fur gibt gibts gibt's hat haben hier da dort denn bitte mal stuck lied song track titel musik aufnahme gibst geht man ich du mir mich uns kannst konntest konnen kann konnte gib geben mach machen sag sagen zeig nenn nenne hor hore horst hort horen man spielt spielen gespielt irgendwo irgendwann uberhaupt eigentlich wird werden ganze ganzen diesem dieser dieses diese sich will hallo danke wurde kommt kommen als steht stehen ergibt auch noch raus vorhanden enthalten version fassung ganz",
    "fr": "quel quelle quels quelles que qu' qu'est ce c'est c' est sont quoi le la les l' un une des du de d' en dans au aux a et ou il elle y a-t-il t-il t-elle ya y'a morceau chanson titre piste musique cette cet ces me m' moi te tu vous on je j' peux peut peux-tu pouvez pourrais donne donner donnez fais faire dis dis-moi montre comment avec sur pour par s'il svp stp te plait bien joue jouent jouer entend entends entend-on entends-tu est-ce sa son ses qui ici tout toute le-morceau combien-de quelqu'un as-tu avoir ont as possede comporte utilise utilises utilisees utilise-t-il plusieurs fois bonjour merci aussi extrait version quelque part ca moment passage",
    "es": "que cual cuales como es son esta este esto estan el la los las lo un una unos unas de del en al a y e o u hay tiene tienen cancion tema pista musica pieza me mi te se puedes puede podrias dar dime muestra hazme haz hacer por favor con para suena suenan oye oyen escuchas escucha usa usan quien alguien algun alguna tiene-la su sus va ir esta hola gracias tambien todo toda cuanto parte lleva llevan aparece aparecen si momento version algo",
    "ko": "",
}  # fmt: skip
_KOREAN_SMALL = re.compile(
    r"이 ?(?:노래|곡|음악)\S*|(?:노래|곡|음악|트랙)(?:은|는|이|가|의|에서?|을|를|에는)?|무슨|어떤|어느|뭐\S*|무엇\S*|뭔\S*|어떻게|어때\S*|얼마\S*|있\S*|없\S*|나와\S*|나오\S*|나올\S*|들리\S*|들려(?!줘|주| 줘| 주)\S*|들어\S*|돼\S*|되\S*|되나\S*|줄 ?수|줘\S*|주세요|주실\S*|줄래\S*|해 ?줘\S*|해 ?주\S*|알려\S*|말해\S*|그리고|하고|이랑|랑|좀|혹시|이게|이거\S*|그거\S*|쓰\S*|사용\S*|수|야|이야|인가\S*|이에요|예요|에요|인지|몇|때|부분\S*|부터|까지|와|과|도|은|는|이|가|을|를|의|에서?|로|으로|해|하나요|하니|할|누가|누구\S*|중간에|다|전부|모두|연주\S*|곡의|적\S*|번"
)
_ENGLISH = frozenset(
    "the is are what which how does do did it its it's of and to for with this that there can could you please any where when who give me tell".split()
)
_CLOCK = re.compile(r"(?:\b(?:bei|ab|um|a|en|vers|sobre)\s+)?(?P<clock>\b\d{1,2}:\d{2}\b)\S*")
_IS_THERE = r"\b(?:gibt|gibts|hat|y a|ya|y'a|a-t-il|a-t-elle|hay|tiene)\b|있"
"""Words that ask whether something is there at all; "and the chorus?" asks for what was asked before."""
_LEANS = re.compile(r"\W*(?:und|et|y|e|그럼|그리고)\b")
_WHO = re.compile(r"\b(?:wer|qui|quien|que joue(?:nt)?|was spiel(?:t|en)|que tocan?)\b|누가|누구")
"""Questions for a name, and for the notes of an instrument, which the notions do not tell."""
_STEMS = {"voice": "vocals", "drums": "drums", "bass": "bass"}
_PLAYED = (
    "drums", "bass", "guitar", "piano", "strings", "violin", "saxophone", "trumpet", "flute", "organ", "synthesizer",
)  # fmt: skip
_SECTIONS = ("intro", "pre-chorus", "verse", "chorus", "bridge", "solo", "outro")
_ORDINALS = ("first", "second", "third", "last")


def in_english(question: str) -> str:
    """Return a question in one of the languages as one in English, "" where it is none of them.

    So it is where a word of it is not known: then half of the question would be lost.
    """
    text = _without_accents(question)
    if re.search(r"[\"“”«»#/]|\d(?!\d?:?\d|절)", _CLOCK.sub(" ", text)):
        return ""
    language = _language(text)
    if not language:
        return ""
    clock = _CLOCK.search(text)
    if len(_CLOCK.findall(text)) > 1:
        return ""
    text = re.sub(r"\bmit(?=\W*$)", "", _CLOCK.sub(" ", text))
    found, rest = _notions(text, language)
    if not found or not _all_known(rest, language):
        return ""
    if _LEANS.match(text) and found.keys() <= {*_PLAYED, "voice", "man", "woman", "instrumental"}:
        return ""
    if _WHO.search(text) and not {"man", "woman"} <= found.keys():
        return ""
    there = re.search(_IS_THERE, text) is not None
    return _said(found, f" at {clock['clock']}" if clock else "", there)


def translated(question: str, situation: Situation) -> str:
    """Return `in_english` of a question, "" for two words that go on with what several tracks were asked."""
    goes_on = len(situation.tracks) > 1 and len(question.split()) < 3
    return "" if goes_on else in_english(question)


def _without_accents(text: str) -> str:
    text = text.lower().replace("’", "'").replace("ß", "ss")
    text = re.sub(r"\boù\b", "quand", text)  # which is "or" without its accent
    if re.search(r"[\uac00-\ud7a3]", text):
        return unicodedata.normalize("NFC", text)
    plain = unicodedata.normalize("NFD", text)
    return "".join(c for c in plain if not unicodedata.combining(c)).replace("œ", "oe")


def _language(text: str) -> str:
    """Return the language of which most small words are there, "" for English or none."""
    if re.search(r"[\uac00-\ud7a3]", text):
        return "ko"
    words = re.findall(r"[a-z']+(?:-[a-z]+)*", text)
    if not words:
        return ""
    counts = {lang: sum(w in _small(lang) for w in words) for lang in LANGUAGES[:3]}
    best = max(counts, key=lambda lang: (counts[lang], len(_notions(text, lang)[0])))
    english = sum(w in _ENGLISH for w in words)
    return best if counts[best] > english and counts[best] > 0 else ""


@cache
def _small(language: str) -> frozenset[str]:
    return frozenset(_SMALL[language].split())


@cache
def _table(language: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Return the patterns of a language; Korean words have no ends, only what hangs on to them."""
    at = LANGUAGES.index(language)
    bound = "" if language == "ko" else r"(?<![\w-])"
    end = "" if language == "ko" else r"(?![\w-])"
    return tuple(
        (notion, re.compile(f"{bound}(?:{words[at]}){end}")) for notion, words in _NOTIONS.items()
    )


def _notions(text: str, language: str) -> tuple[dict[str, int], str]:
    """Return the notions that a text names with their places, and the text without them."""
    found: dict[str, int] = {}
    for notion, pattern in _table(language):
        for match in pattern.finditer(text):
            found.setdefault(notion, match.start())
            if language == "de" and notion == "change" and match[0].startswith("tonart"):
                found["key"] = match.start()
            if language == "de" and notion == "change" and match[0].startswith("tempo"):
                found["tempo"] = match.start()
        text = pattern.sub(lambda m: "·" * len(m[0]), text)
    return found, text


def _all_known(rest: str, language: str) -> bool:
    """Tell whether what is left of a text is small words alone."""
    if language == "ko":
        left = " ".join(_KOREAN_SMALL.sub(" ", word) for word in rest.split())
        return not re.search(r"\w", left)
    words = re.findall(r"[a-z']+(?:-[a-z]+)*|\w+", rest)
    small = _small(language)
    return all(
        word in small or all(part in small or f"{part}'" in small for part in re.split(r"['-]", word) if part)
        for word in words
    )  # fmt: skip


# ---- the English of it --------------------------------------------------------------------------


def _said(found: dict[str, int], at: str, there: bool) -> str:
    """Return the English question that the notions make, "" where one of them has no part in it."""
    left = set(found)
    sections = [s for s in _SECTIONS if s in left]
    ordinals = [o for o in _ORDINALS if o in left]
    chord = ordinals and not sections and {"chords"} <= left
    if len(sections) > 1 or len(ordinals) > 1 or (ordinals and not sections and not chord):
        return ""  # two places, or a track, or what was said before
    section, nth = (*sections, "")[0], (*ordinals, "")[0]
    left -= {section, nth}
    place = f" in the {f'{nth} ' if nth else ''}{section}" if section else at
    deed = _deed(found, left, bool(section))
    if deed:
        return f"{deed}{place}" if not left else ""
    which = f"the {f'{nth} ' if nth else ''}{section}"
    asked = _questions(found, left, which if section else "", place, chord_at=nth if chord else "")
    if not asked and section and not at:
        asked = _of_section(left, section, which, there)
    words = " and ".join(dict.fromkeys(asked))
    return f"{words}?" if words and not left else ""


def _deed(found: Mapping[str, int], left: set[str], placed: bool) -> str:
    """Return what is to be done with stems and notes, "" for nothing; what it tells is taken from `left`."""
    names = [name for name in (*_STEMS, "guitar", "piano") if name in left]
    names.sort(key=lambda name: found[name])
    stems = [_STEMS.get(name, name) for name in names]
    given = "give" in left
    left.discard("give")

    def done(words: str, *notions: str) -> str:
        left.difference_update(names, notions)
        return words

    written = left & {"midi", "sheet"}
    if written:
        form = "midi" if "midi" in left else "sheet music"
        words = f"transcribe the {stems[0]} as {form}" if stems else f"transcribe it as {form}"
        return done(words, "midi", "sheet", "write", "note", "only")
    if "write" in left and ("note" in left or stems):
        return done(f"transcribe the {stems[0]}" if stems else "transcribe it", "write", "note")
    if "remove" in left and stems:
        return done(f"remove the {' and the '.join(stems)}", "remove")
    if "karaoke" in left:
        return done("give me the backing track", "karaoke")
    if "separate" in left and not stems:
        return "" if placed else done("split it into stems", "separate")
    if stems and (left & {"separate", "only"} or (given and left <= set(names))):
        return done(f"isolate the {' and the '.join(stems)}", "separate", "only")
    return ""


_PLAIN = (
    ("key", "what key is it in{place}"), ("tempo", "how fast is it{place}"),
    ("meter", "what time signature is it in{place}"), ("instruments", "what instruments are there{place}"),
    ("mood", "what is the mood{place}"), ("genre", "what genre is it{place}"), ("loud", "how loud is it{place}"),
)  # fmt: skip


def _questions(
    found: Mapping[str, int], left: set[str], which: str, place: str, chord_at: str
) -> list[str]:
    """Return what is asked, a clause for each notion, which is taken from `left`."""
    asked: list[tuple[int, str]] = []

    def take(words: str, *notions: str) -> None:
        asked.append((min(found[n] for n in notions if n in found), words))
        left.difference_update(notions)

    if "sure" in left:
        about = [n for n in ("key", "tempo", "meter", "chords", "genre") if n in left]
        if len(about) == 1:
            take(f"how sure are you about the {about[0]}", "sure", about[0])
        return [words for _, words in asked]
    if "relative" in left:
        take("what is its relative key", "relative")
    if "change" in left and "tempo" in left:
        take("does the tempo change", "change", "tempo")
    elif "steady" in left:
        take("is the tempo steady throughout", "steady", "tempo")
    elif "change" in left and not which:
        take("does the key change anywhere", "change", "key")
    if "note" in left and len(left & {"highest", "lowest"}) == 1:
        (end,) = left & {"highest", "lowest"}
        who = "bass" if "bass" in left else "voice"
        take(f"what is the {end} note of the {who}{place}", "note", end, who)
    if {"major", "minor"} <= left:
        take(f"is it major or minor{place}", "major", "minor", "key")
    if {"fast", "slow"} <= left:
        take(f"is it fast or slow{place}", "fast", "slow", "tempo")
    elif len(left & {"fast", "slow"}) == 1 and not which:
        (pace,) = left & {"fast", "slow"}
        take(f"is it {pace}", pace)
    if left & {"chords", "progression"}:
        one = f"the {chord_at} chord" if chord_at else "the chords"
        take(f"what {'is' if chord_at else 'are'} {one}{place}", "chords", "progression")
    if "bars" in left:
        words = f"how many bars is {which}" if which else "how many bars does it have"
        take(words, "bars", "many", "duration")
    for notion, words in _PLAIN:
        if notion in left:
            take(words.format(place=place), notion)
    for name in [n for n in _PLAYED if n in left]:
        if "when" in left and not which:
            take(f"when do the {name} come in", name, "when")
        else:
            take(f"can you hear {_article(name)}{place}", name)
    if {"man", "woman"} <= left:
        take("is it a man or a woman singing", "man", "woman", "voice")
    elif "voice" in left and "when" in left:
        take("when does the voice come in", "voice", "when")
    elif left >= {"instrumental"} and "voice" not in left:
        take("is it instrumental", "instrumental")
    elif "voice" in left:
        take(f"is there a voice{place}", "voice", "instrumental")
    if "form" in left:
        take("how many sections are there" if "many" in left else "what is its structure", "form", "many")  # fmt: skip
    if "duration" in left and not which:
        take("how long is it", "duration")
    if left == {"describe"} and not place:
        take("describe it", "describe")
    return [words for _, words in sorted(asked)]


def _of_section(left: set[str], section: str, which: str, there: bool) -> list[str]:
    """Return what is asked of a section itself: how long, how many, when, or whether there is one."""
    plural = f"{section}es" if section.endswith("s") else f"{section}s"
    for notion, words in (
        ("duration", f"how long is {which}"),
        ("many", f"how many {plural} are there"),
        ("when", f"when does {which} start"),
    ):
        if notion in left:
            left.discard(notion)
            return [words]
    return [f"is there {_article(section)}"] if there and which == f"the {section}" else []


def _article(noun: str) -> str:
    several = noun in ("drums", "strings")
    return noun if several else f"{'an' if noun[0] in 'aeio' else 'a'} {noun}"
