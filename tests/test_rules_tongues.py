"""Questions in German, French, Spanish and Korean, put into the English that the rules know."""

import pytest
from rules_canned import CANNED, PARTS
from test_rules_parts import talk

from agent.embedded.choosing import only_ours
from agent.open_tracks import OpenTrack
from agent.rules.asks import Situation
from agent.rules.tongues import in_english
from agent.rules.understand import understand

ONE = Situation(
    (OpenTrack("#1", "Night Walk", "The Lanterns", "n.mp3", 204.0, True),),
    frozenset({*CANNED, *PARTS}),
    focus=("#1",),
)
SAME: dict[str, tuple[str, ...]] = {
    "key, tempo": ("Welche Tonart und wie schnell ist das Stück?", "Quelle est la tonalité et le tempo du morceau ?", "¿En qué tonalidad está y a qué velocidad va?", "이 노래 조성이랑 템포 알려줘"),
    "key.changes": ("Gibt's irgendwo einen Tonartwechsel?", "Ändert sich die Tonart im Lied?", "Ça change de tonalité ?", "Est-ce que la tonalité change quelque part ?", "¿Hay algún cambio de tono?", "¿Cambia de tonalidad en algún momento?", "중간에 조가 바뀌어?"),
    "chords@chorus": ("Welche Akkorde hat der Refrain?", "c'est quoi les accords du refrain ?", "¿Qué acordes tiene el estribillo?", "후렴 코드가 뭐야?"),
    "chords@verse 2": ("Welche Akkorde hat die zweite Strophe?", "Les accords du deuxième couplet ?", "¿Cuáles son los acordes de la segunda estrofa?", "2절 코드 알려줘"),
    "stems=drums": ("Kannst du nur das Schlagzeug rausholen?", "Peux-tu isoler la batterie ?", "¿Puedes separar la batería?", "드럼만 따로 뽑아줄 수 있어?"),
    "stems=bass": ("Trenn mir bitte den Bass raus", "Donne-moi juste la basse", "Dame solo el bajo", "베이스만 분리해줘"),
    "stems=accompaniment": ("Mach mir bitte eine Version ohne Gesang", "Enlève la voix s'il te plaît", "Quita la voz por favor", "보컬 빼줘"),
    "voice.gender": ("Singt da eine Frau oder ein Mann?", "C'est un homme ou une femme qui chante ?", "¿La canta una mujer o un hombre?", "남자가 불러 여자가 불러?"),
    "voice.when": ("Ab wann wird gesungen?", "Quand est-ce que le chant commence ?", "¿Cuándo entra la voz?", "보컬은 언제 들어가?"),
    "voice.has": ("Gibt es Gesang?", "Il y a de la voix ?", "¿hay voz o es instrumental?", "보컬 있어?"),
    "moment.instruments@intro": ("Welche Instrumente hört man im Intro?", "Quels instruments entend-on dans l'intro ?", "¿Qué instrumentos suenan en la intro?", "인트로에 어떤 악기가 나와?"),
    "structure.length": ("Wie viele Takte hat der Refrain?", "Combien de mesures dure le refrain ?", "¿Cuántos compases tiene el estribillo?", "후렴은 몇 마디야?"),
    "structure.when": ("Wo beginnt der Refrain?", "Où commence le deuxième couplet ?", "¿Cuándo empieza la segunda estrofa?", "2절은 언제 시작해?"),
    "tempo.steady": ("Ist das Tempo konstant?", "Est-ce que le tempo est constant ?", "¿El tempo es constante?", "템포가 일정해?"),
    "structure.has": ("Gibt es ein Gitarrensolo?", "Y a-t-il un solo de guitare ?", "¿Hay un solo de guitarra?", "기타 솔로 있어?"),
    "structure": ("Wie ist das Lied aufgebaut?", "Quelle est la structure du morceau ?", "¿Cuál es la estructura de la canción?", "이 노래 구조가 어떻게 돼?"),
    "instruments.has": ("Spielt da ein Klavier mit?", "Il y a du piano ?", "¿Hay piano?", "피아노 나와?"),
    "meter": ("In welcher Taktart steht das Lied?", "Quelle est la signature rythmique ?", "¿Qué compás tiene?", "박자가 뭐야?"),
    "moods": ("Welche Stimmung hat das Stück?", "Quelle est l'ambiance du morceau ?", "¿Qué ambiente tiene la canción?", "분위기가 어때?"),
    "tempo": ("Ist das schnell oder langsam?", "C'est rapide ou lent ?", "¿Es rápida o lenta?", "빠른 곡이야 느린 곡이야?"),
}  # fmt: skip


def heads(question: str) -> str:
    told = []
    for ask in understand(question, ONE):
        name = f"{ask.topic}.{ask.aspect}".rstrip(".")
        name += f"={ask.value}" if ask.topic == "stems" else ""
        at = ask.span.words + (f" {ask.span.start:g}" if ask.span.start else "") if ask.span else ""
        told.append(name + (f"@{at}" if at and ask.topic != "structure" else ""))
    return ", ".join(told)


@pytest.mark.parametrize(("meaning", "questions"), SAME.items())
def test_a_question_means_the_same_in_each_language(
    meaning: str, questions: tuple[str, ...]
) -> None:
    for question in questions:
        told = heads(question).replace("tempo.fast", "tempo")
        assert told == meaning, (question, in_english(question))
        assert only_ours(question, understand(question, ONE), ONE)  # whatever the net would read


@pytest.mark.parametrize(
    "question",
    [
        "what key is it in", "is the drum solo in the bridge long?", "tempo, mode and genre?", "solo piano?",
        "Wer hat das produziert?", "Wie sicher bist du dir, dass das stimmt?", "Warum klingt das so traurig?",
        "Klingt das nach Am7 oder?", "Welche ist schneller?", "Welche Tonart hat das zweite Lied?",
        "Wie schnell ist \"Blue Hour\"?", "Quelle est la tonalité de Yesterday ?", "c'est qui le producteur ?",
        "je peux la jouer à la guitare sans barrés ?", "les paroles parlent de quoi ?",
        "¿quién es el productor?", "¿qué pasa en 0:45?", "¿cuál es más rápida?", "가사가 무슨 뜻이야?",
        "두 번째 노래가 더 빨라?", "이 노래 누가 만들었어?", "120 bpm이야?",
    ],
)  # fmt: skip
def test_what_no_table_knows_is_left_alone(question: str) -> None:
    assert in_english(question) == ""


def test_the_second_half_is_answered_too() -> None:
    calls, told = talk("Welche Tonart und wie schnell ist das Stück?")
    assert [c["tool"] for c in calls] == ["key", "tempo"]
    assert "F minor" in told and "121.6 BPM" in told


def test_long_text_takes_no_time() -> None:
    assert in_english("die tonart und " * 130) == "what key is it in?"
    assert in_english("쪽 " * 900) == ""
