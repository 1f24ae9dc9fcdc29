"""Questions in German, French, Spanish and Korean, put into the English that the rules know.

Nothing is translated word by word: a table tells which notion of music a word names, and the notions
make an English question. A question with a word that stands in no table is left to the trained
model, which reads more than is listed here; so is one that names a track.
"""

import re
import unicodedata
from collections.abc import Collection
from functools import cache

LANGUAGES = ("de", "fr", "es", "ko")

_NOTIONS: dict[str, tuple[str, str, str, str]] = {
    # -- deeds
    "remove": (r"ohne|entfern\w*|losch\w*|weg(?:lassen|machen|nehmen)?", r"sans|enlev\w*|retir\w*|supprim\w*|vir(?:e|er|ez)", r"sin|quit(?:a|ar|ame|es|e)|elimina\w*|borr(?:a|ar)", r"없애\S*|빼고|빼줘|빼 ?주\S*|제거\S*|지워\S*|없이"),
    "karaoke": (r"karaoke\w*|playback|begleitung|instrumentalversion", r"karaoke|accompagnement|playback|version instrumentale", r"karaoke|acompanamiento|pista instrumental|version instrumental", r"노래방|반주|엠알"),
    "separate": (r"trenn\w*|isolier\w*|extrahier\w*|(?:he)?raus\w+|zerleg\w*|aufteil\w*|(?:einzel)?spuren?|stems?|einzeln\w*|separat\w*|allein\w*", r"separ\w*|isol\w*|extrai\w*|pistes?|stems?|decompos\w*|seule?s?|a part", r"separ\w+|aisl\w+|extra\w+|sac(?:a|ar|ame)|pistas?|stems?|aparte|por separado", r"분리\S*|따로|추출\S*|뽑아\S*|뽑을|나눠\S*|스템\S*"),
    "only": (r"nur|blo(?:ss|ß)", r"seulement|juste|uniquement|que (?=la |le |les |l')", r"(?<!un )(?<!el )(?<!algun )(?<!del )(?<!al )solo(?! de )|solamente|unicamente|nada mas", r"(?<=드럼)만|(?<=보컬)만|(?<=베이스)만|(?<=목소리)만|(?<=기타)만|(?<=피아노)만"),
    "midi": (r"midi\w*",) * 3 + (r"미디\S*|midi",),
    "sheet": (r"notenblatt|partitur|noten", r"partition", r"partitura", r"악보\S*"),
    "write": (r"transkribier\w*|(?:auf)?schreib\w*|auf(?=[ ?.!]*$)", r"transcri\w+|ecri\w*|not(?:e|er|ez)(?! )", r"transcri\w+|escrib\w*|anota\w*", r"채보\S*|적어\S*|옮겨\S*|만들어\S*"),
    # -- theory and form
    "relative": (r"paralleltonart|parallele tonart", r"tonalite relative|relati(?:f|ve)", r"tonalidad relativa|relativ[ao]", r"나란한 ?조\S*|관계조\S*|병행조\S*"),
    "progression": (r"akkord(?:folge|progression|schema)\w*", r"(?:suite|progression|grille) d'accords|grille|progression", r"(?:progresion|secuencia)(?: de acordes)?", r"코드 ?진행\S*"),
    "change": (r"wechsel[nt]?|tonart(?:en)?wechsel|tempowechsel|(?:ver)?ander[nt]\w*|modulier\w*|modulation\w*", r"chang\w*|modul\w*|vari(?:e|ent|er)", r"cambi\w*|modul\w*|varia\w*", r"바뀌\S*|바뀐\S*|변하\S*|변화\S*|전조\S*|달라지\S*"),
    "steady": (r"konstant|gleichma(?:ss|ß)ig|stabil|gleich(?:bleibend)?", r"constant|regulier|stable", r"constante|estable|regular", r"일정\S*"),
    "mode": (r"dur|moll", r"majeur|mineur", r"mayor|menor", r"장조\S*|단조\S*"),
    "key": (r"tonart\w*|tonlage", r"tonalites?|tonalite", r"tonalidad(?:es)?|tono|clave", r"조성\S*|(?<![가-힣])조(?:는|가|야|이야|인가\S*|예요|에요|로|를|인지)|키(?:는|가|야|예요|가 뭐\S*)?(?= |$)|(?<![가-힣])조(?= |$)"),
    "tempo": (r"tempo|bpm|schnell(?:es)?|langsam(?:es)?|geschwindigkeit", r"tempo|bpm|vite|rapide|lente?|vitesse", r"tempo|bpm|rapid[ao]|lent[ao]|velocidad|golpes por minuto|pulsaciones por minuto", r"템포\S*|빠르\S*|빠른\S*|빨라\S*|느린\S*|느려\S*|bpm\S*|비피엠\S*|속도\S*"),
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
    "voice": (r"gesang\w*|stimmen?|gesungen|sing(?:t|en)|sanger|vocals?|instrumental(?:stuck)?", r"voix|chant(?:e|ee|ent|s)?|vocals?|instrumentale?", r"voz|voces|cant(?:a|an|ante|ada|ado)|vocal(?:es)?|instrumental", r"보컬\S*|목소리\S*|노래(?=하|를 부르|를 불)\S*|부르\S*|불러\S*|가수\S*"),
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
    "duration": (r"lange?|dauer[nt]?", r"dur(?:e|ee|ent)|longueur|longue?|longtemps", r"dur(?:a|an|acion)|larg[ao]", r"길이\S*|길어\S*|몇 ?분\S*|걸려\S*"),
    # -- what is asked of them
    "sure": (r"sicher(?:heit)?", r"sure?|certaine?", r"segur[ao]", r"확실\S*|확신\S*"),
    "describe": (r"beschreib\w*", r"decri\w*", r"describ\w*", r"설명\S*|묘사\S*"),
    "last": (r"letzte[nrs]?", r"derniere?", r"ultim[ao]", r"마지막\S*"),
    "first": (r"erste[nrs]?", r"premiere?", r"primer[ao]?", r"첫 ?번째\S*|첫|(?:1|일)(?=절|·)"),
    "second": (r"zweite[nrs]?", r"deuxieme|seconde?", r"segund[ao]", r"두 ?번째\S*|둘째|(?:2|(?<![가-힣])이)(?=절|·)"),
    "third": (r"dritte[nrs]?", r"troisieme", r"tercer[ao]?", r"세 ?번째\S*|셋째|(?:3|(?<![가-힣])삼)(?=절|·)"),
    "when": (r"(?:ab )?wann|wo|welcher stelle|beginn\w*|fangt|setzt|ein(?=[ ?.!]*$)|an(?=[ ?.!]*$)", r"quand|ou|quel moment|commenc\w*|entre(?:nt)?|arrive(?:nt)?|debut\w*", r"cuando|donde|que momento|empiez\w*|comienz\w*|entra[n]?", r"언제\S*|어디\S*|시작\S*|들어가\S*"),
    "many": (r"wie ?viele?|anzahl", r"combien", r"cuant[ao]s?", r"몇 ?개\S*|몇 ?번\S*|몇|얼마나"),
}  # fmt: skip
"""Notion -> how German, French, Spanish (without accents) and Korean name it; the order is that of the search."""
_SMALL: dict[str, str] = {
    "de": "welche welcher welches welchem welchen was wie ist sind war das der die den dem des ein eine einen einem einer es er sie und oder in im am an auf zu bei von vom mit fur gibt gibts gibt's hat haben hier da dort denn bitte mal stuck lied song track titel musik aufnahme gibst geht man ich du mir mich uns kannst konntest konnen kann konnte gib geben mach machen sag sagen zeig nenn nenne hor hore horst hort horen man spielt spielen gespielt irgendwo irgendwann uberhaupt eigentlich wird werden ganze ganzen diesem dieser dieses diese sich hatte gern gerne mochte will hallo danke wurde kommt kommen vor als steht stehen ergibt auch noch raus vorhanden enthalten version fassung mit ganz wenig",
    "fr": "quel quelle quels quelles que qu' qu'est ce c'est c' est sont quoi le la les l' un une des du de d' en dans au aux a et ou il elle y a-t-il t-il t-elle ya y'a morceau chanson titre piste musique cette cet ces me m' moi te tu vous on je j' peux peut peux-tu pouvez pourrais voudrais veux donne donner donne-moi donnez fais faire dis dis-moi montre comment avec sur pour par s'il svp stp te plait bien joue jouent jouer entend entends entend-on entends-tu est-ce sa son ses qui ici tout toute le-morceau combien-de quelqu'un as-tu avoir ont as possede comporte utilise utilises utilisees utilise-t-il plusieurs fois bonjour merci aussi compose extrait version quelque part ca moment passage",
    "es": "que cual cuales como es son esta este esto estan el la los las lo un una unos unas de del en al a y e o u hay tiene tienen cancion tema pista musica pieza me mi te se puedes puede podrias quiero quisiera dame dar dime muestra hazme haz hacer por favor con para suena suenan toca tocan oye oyen escuchas escucha usa usan quien alguien algun alguna tiene-la su sus va ir esta hola gracias tambien todo toda cuanto parte lleva llevan ahi aqui aparece aparecen si momento version algo",
    "ko": "",
}  # fmt: skip
_KOREAN_SMALL = re.compile(
    r"이 ?(?:노래|곡|음악)\S*|(?:노래|곡|음악|트랙)(?:은|는|이|가|의|에서?|을|를|에는)?|무슨|어떤|어느|뭐\S*|무엇\S*|뭔\S*|어떻게|어때\S*|얼마\S*|있\S*|없\S*|나와\S*|나오\S*|나올\S*|들리\S*|들려\S*|들어\S*|돼\S*|되\S*|되나\S*|줄 ?수|줘\S*|주세요|주실\S*|줄래\S*|해 ?줘\S*|해 ?주\S*|알려\S*|말해\S*|그리고|하고|이랑|랑|좀|혹시|여기\S*|거기\S*|이게|이거\S*|그거\S*|쓰\S*|사용\S*|수|야|이야|인가\S*|이에요|예요|에요|인지|몇|때|부분\S*|부터|까지|와|과|도|은|는|이|가|을|를|의|에서?|로|으로|해|하나요|하니|할|누가|누구\S*|중간에|다|전부|모두|연주\S*|곡의|적\S*|번"
)
_ENGLISH = frozenset(
    "the is are what which how does do did it its it's of and to for with this that there can could you please any where when who give me tell".split()
)
_CLOCK = re.compile(r"(?:\b(?:bei|ab|um|a|en|vers|sobre)\s+)?(?P<clock>\b\d{1,2}:\d{2}\b)\S*")
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
    text = _CLOCK.sub(" ", text)
    found, rest = _notions(text, language)
    if not found or not _all_known(rest, language):
        return ""
    return _said(found, f" at {clock['clock']}" if clock else "")


def _without_accents(text: str) -> str:
    text = text.lower().replace("’", "'").replace("ß", "ss")
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


def _said(found: dict[str, int], at: str) -> str:
    """Return the English question that the notions make, "" where they make none."""
    section = next((s for s in _SECTIONS if s in found), "")
    nth = next((o for o in _ORDINALS if o in found), "")
    if nth and not section and "chords" not in found:
        return ""  # which track is meant is not for this table to say
    place = f" in the {f'{nth} ' if nth else ''}{section}" if section else at
    if deed := _deed(found):
        return f"{deed}{place}"
    asked = [q for q in _questions(found, section, nth, place) if q]
    return " and ".join(dict.fromkeys(asked)) + "?" if asked else ""


def _deed(found: dict[str, int]) -> str:
    """Return what is to be done with stems and notes, "" for nothing."""
    stems = [_STEMS.get(name, name) for name in (*_STEMS, "guitar", "piano") if name in found]
    if "midi" in found or "sheet" in found:
        form = "midi" if "midi" in found else "sheet music"
        return f"transcribe the {stems[0]} as {form}" if stems else f"export it as {form}"
    if "write" in found and ("note" in found or stems):
        return f"transcribe the {stems[0]}" if stems else "transcribe it"
    if "remove" in found:
        return f"remove the {' and the '.join(stems)}" if stems else ""
    if "karaoke" in found:
        return "give me the backing track"
    if "separate" in found or ("only" in found and stems and not set(found) - {"only", *_STEMS, "guitar", "piano"}):  # fmt: skip
        return f"isolate the {' and the '.join(stems)}" if stems else "split it into stems"
    return ""


def _questions(found: dict[str, int], section: str, nth: str, place: str) -> list[str]:
    """Return what is asked, a clause for each notion."""
    has = found.keys()
    which = f"the {f'{nth} ' if nth else ''}{section}" if section else "it"
    asked: list[tuple[int, str]] = []

    def ask(notion: str, words: str) -> None:
        asked.append((found[notion], words))

    if "sure" in has:
        about = next((n for n in ("key", "tempo", "meter", "chords", "genre") if n in has), "")
        return [f"how sure are you about the {about}" if about else "are you sure"]
    if "relative" in has:
        return ["what is its relative key"]
    if "change" in has or "steady" in has:
        if "tempo" in has:
            return ["is the tempo steady throughout"]
        return ["does the key change anywhere"] if "key" in has or "meter" not in has else []
    if "note" in has and ("highest" in has or "lowest" in has):
        end = "highest" if "highest" in has else "lowest"
        return [f"what is the {end} note of the {'voice' if 'bass' not in has else 'bass'}{place}"]
    if "key" in has or "mode" in has:
        ask("key" if "key" in has else "mode", f"what key is it in{place}" if "key" in has else f"is it major or minor{place}")  # fmt: skip
    if "tempo" in has:
        ask("tempo", f"how fast is it{place}")
    if "meter" in has:
        ask("meter", "what time signature is it in")
    if "chords" in has or "progression" in has:
        one = f"the {nth} chord" if nth and not section else "the chords"
        ask("chords" if "chords" in has else "progression", f"what {'is' if one != 'the chords' else 'are'} {one}{place}")  # fmt: skip
    if "bars" in has:
        ask("bars", f"how many bars is {which}" if section else "how many bars does it have")
    for name in ("instruments", "mood", "genre"):
        if name in has:
            words = {"instruments": "what instruments are there", "mood": "what is the mood", "genre": "what genre is it"}[name]  # fmt: skip
            ask(name, f"{words}{place}")
    played = [name for name in _PLAYED if name in has]
    for name in played:
        when = "when" in has and not section
        ask(name, f"when do the {name} come in" if when else f"is there a {name}{place}")
    asked += [(found["voice"], _of_voice(has, place))] if "voice" in has else []
    if not asked and {"man", "woman"} & has:
        return ["is it a man or a woman singing"]
    if "loud" in has:
        ask("loud", f"how loud is it{place}")
    if "form" in has:
        ask("form", "how many sections are there" if "many" in has else "what is its structure")
    if not asked and section:
        return [_of_section(has, section, which)]
    if "duration" in has and not section:
        ask("duration", "how long is it")
    if not asked and "describe" in has:
        return ["describe it"]
    return [words for _, words in sorted(asked)]


def _of_voice(names: Collection[str], place: str) -> str:
    if "man" in names or "woman" in names:
        return "is it a man or a woman singing"
    return "when does the voice come in" if "when" in names else f"is there a voice{place}"


def _of_section(names: Collection[str], section: str, which: str) -> str:
    plural = f"{section}es" if section.endswith("s") else f"{section}s"
    if "duration" in names:
        return f"how long is {which}"
    if "many" in names:
        return f"how many {plural} are there"
    if "when" in names:
        return f"when does {which} start"
    return f"is there {'an' if section[0] in 'aeio' else 'a'} {section}"
