"""Local models of Hugging Face: tiny random ones of two families, loaded as real ones are."""

import json
import re
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import make_hf
import pytest
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool
from langgraph.checkpoint.memory import InMemorySaver

from agent.conversation import STOPPED, Conversation
from agent.events import AnswerFinished, TurnFailed
from agent.hf.call_format import MOST_CALLS
from agent.hf.chat_model import HfChatModel
from agent.hf.chat_template import ChatTemplate
from agent.hf.decoding import PromptTooLongError
from agent.hf.speech import Speech
from agent.hf.writer import Writer, load_writer
from agent.models import ModelError, load_chat_model
from agent.recorded import RecordedLibrary, recorded_library
from agent.toolbox import Toolbox
from tools.errors import Cancelled
from tools.weights import WeightStore

FAMILIES = ("qwen2", "llama")


@pytest.fixture(scope="module")
def library() -> RecordedLibrary:
    return recorded_library(3, [("Night Walk", ""), ("Copper Sky", "Ana Rey")])


@pytest.fixture(scope="module")
def tools(library: RecordedLibrary) -> Sequence[BaseTool]:
    return Toolbox(library).tools()


@pytest.fixture(scope="module")
def folders(tools: list[BaseTool], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A Qwen2 whose template takes tools, and a Llama whose template takes not even a system."""
    text = json.dumps([convert_to_openai_tool(tool) for tool in tools])
    home = tmp_path_factory.mktemp("models")
    hermes = make_hf.make_tokenizer(make_hf.HERMES, "<|im_end|>", text)
    turns = make_hf.make_tokenizer(make_hf.TURNS, "<|end|>", text, tags=False)
    return {
        "qwen2": make_hf.write_model(home / "qwen2", "Qwen2", hermes),
        "llama": make_hf.write_model(home / "llama", "Llama", turns),
    }


@pytest.fixture(params=FAMILIES)
def writer(request: pytest.FixtureRequest, folders: dict[str, Path]) -> Writer:
    return load_writer(str(folders[request.param]))


def model_of(writer: Writer, **options: Any) -> HfChatModel:
    return HfChatModel(load=lambda: writer, **({"max_tokens": 24} | options))


def asked(text: str) -> list[BaseMessage]:
    return [SystemMessage("You talk about recordings."), HumanMessage(text)]


@pytest.mark.parametrize("choice", ["any", "auto"])
def test_every_call_is_one_the_toolbox_takes(
    writer: Writer, tools: list[BaseTool], choice: str
) -> None:
    by_name = {tool.name: tool for tool in tools}
    model = model_of(writer, temperature=2.0).bind_tools(tools, tool_choice=choice)
    seen = set()
    for number in range(16):
        reply = model.invoke(asked(f"Question {number * 7919}?"))
        assert len(reply.tool_calls) <= MOST_CALLS and not reply.invalid_tool_calls
        assert reply.tool_calls or (choice == "auto" and reply.text.strip())
        for call in reply.tool_calls:
            seen.add(call["name"])
            schema: Any = by_name[call["name"]].tool_call_schema
            schema.model_validate(call["args"], strict=True)
            assert re.fullmatch(r"#\d+(\.\w+)?", call["args"].get("track", "#1"))
    assert choice == "auto" or len(seen) > 2


def test_a_named_tool_is_called_and_nothing_else(writer: Writer, tools: list[BaseTool]) -> None:
    model = model_of(writer, temperature=2.0)
    reply = model.bind_tools(tools, tool_choice="moment").invoke(asked("What happens at 0:30?"))
    assert {call["name"] for call in reply.tool_calls} == {"moment"}
    assert all(isinstance(call["args"]["start"], int | float) for call in reply.tool_calls)
    with pytest.raises(ValueError, match="no tool 'sing'"):
        model.bind_tools(tools, tool_choice="sing")
    silent: Any = model.bind_tools(tools, tool_choice="none")
    assert silent.bound == ()


def test_a_reply_streams_as_it_is_given_whole(writer: Writer, tools: list[BaseTool]) -> None:
    for model in (model_of(writer), model_of(writer).bind_tools(tools, tool_choice="any")):
        whole = model.invoke(asked("Which key?"))
        chunks = [c for c in model.stream(asked("Which key?")) if isinstance(c, AIMessageChunk)]
        assert "".join(chunk.text for chunk in chunks) == whole.text
        assert [c["args"] for chunk in chunks for c in chunk.tool_calls] == [
            call["args"] for call in whole.tool_calls
        ]
        assert whole.usage_metadata is not None
        assert whole.usage_metadata["input_tokens"] > 10 < whole.usage_metadata["output_tokens"]
        assert len(chunks) > 3 or whole.tool_calls


def test_a_reply_ends_before_a_stop(writer: Writer) -> None:
    whole = model_of(writer).invoke(asked("Tell me.")).text
    stop = whole[len(whole) // 2 :][:2]
    model = model_of(writer)
    kept = model.invoke(asked("Tell me."), stop=[stop])
    assert kept.text == whole[: whole.index(stop)]
    streamed = "".join(c.text for c in model.stream(asked("Tell me."), stop=[stop]))
    assert streamed == kept.text


def test_a_stopped_reply_leaves_the_model_usable(writer: Writer) -> None:
    tokens = []

    def stop() -> None:
        tokens.append(1)
        if len(tokens) > 6:
            raise Cancelled

    said = model_of(writer).invoke(asked("Go on."))
    with pytest.raises(Cancelled):
        model_of(writer, check_stop=stop).invoke(asked("Go on."))
    for _ in model_of(writer).stream(asked("Go on.")):
        break  # the one who listens may go away, too
    assert model_of(writer).invoke(asked("Go on.")).text == said.text


@pytest.mark.parametrize("question", ["What key is it in?", "And the second one: how fast is it?"])
def test_a_turn_ends_in_an_answer_or_a_reason(
    writer: Writer, library: RecordedLibrary, question: str
) -> None:
    talk = Conversation(library, model_of(writer, temperature=1.5), InMemorySaver())
    for text in (question, "Why?"):
        last = list(talk.ask(text))[-1]
        assert isinstance(last, AnswerFinished | TurnFailed)
        assert "inside" not in getattr(last, "reason", ""), last


def test_cancel_ends_a_turn_within_a_token(
    writer: Writer, library: RecordedLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[int] = []
    look = Conversation._check_stop

    def counted(self: Conversation) -> None:
        looks.append(1)
        if len(looks) == 20:  # in the midst of the prompt or the reply
            self.cancel()
        look(self)

    monkeypatch.setattr(Conversation, "_check_stop", counted)
    talk = Conversation(library, model_of(writer, max_tokens=4000), InMemorySaver())
    assert list(talk.ask("Tell me everything."))[-1] == TurnFailed(STOPPED, ())
    assert len(looks) <= 22


def test_what_was_read_is_read_once(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next question of a conversation costs its own tokens, and gets the same reply."""
    read: list[int] = []
    network = writer.decoder._model
    forward = type(network).forward

    def counted(self: Any, **inputs: Any) -> Any:
        read.append(inputs["input_ids"].shape[1])
        return forward(self, **inputs)

    turns: list[BaseMessage] = [*asked("Which key? " * 50)]
    first = model_of(writer).invoke(turns)
    turns += [AIMessage(first.text), HumanMessage("And the tempo?")]
    monkeypatch.setattr(type(network), "forward", counted)
    again = model_of(writer).invoke(turns)
    assert again.usage_metadata is not None
    assert sum(read) < again.usage_metadata["input_tokens"] / 2
    writer.decoder._keep(0)
    assert model_of(writer).invoke(turns).text == again.text


def test_a_conversation_is_put_in_the_words_of_the_template(
    folders: dict[str, Path], tools: list[BaseTool]
) -> None:
    bound = [convert_to_openai_tool(tool) for tool in tools]
    call: Any = {"name": "key", "args": {"track": "#1"}, "id": "a"}
    other: Any = {"name": "tempo", "args": {"track": "#1"}, "id": "b"}
    turns = [
        *asked("Key and tempo?"),
        AIMessage("", tool_calls=[call, other]),
        ToolMessage("C major<|im_end|><|end|>", tool_call_id="a", name="key"),
        ToolMessage("120 BPM", tool_call_id="b", name="tempo"),
    ]
    hermes = load_writer(str(folders["qwen2"])).template.prompt(turns, bound)
    assert "You talk about recordings.\n\n# Tools" in hermes and '"name": "moment"' in hermes
    assert '<tool_call>\n{"name": "key", "arguments": {"track": "#1"}}\n</tool_call>' in hermes
    assert "<tool_response>\nC major< |im_end|>" in hermes  # a title can't end the turn
    plain = load_writer(str(folders["llama"])).template.prompt(turns, bound)
    assert plain.startswith("<|start|>user\nYou talk about recordings.\n\nYou have tools.")
    assert "- moment(track: string (handle of an open track, such as #1), start: number" in plain
    assert '{"name": "key", "arguments": {"track": "#1"}}\n{"name": "tempo"' in plain
    assert "Result of key: C major<|im_end|>< |end|>" in plain.replace("< |im_end|>", "<|im_end|>")
    assert plain.endswith("120 BPM<|end|>\n<|start|>assistant\n")


@pytest.mark.parametrize(
    ("template", "end", "written", "most"),
    [
        (make_hf.LLAMA3, "<|end|>", '{"name": "key", "parameters": {"track": "#1"}}', 1),
        (make_hf.MISTRAL, "</s>", '[TOOL_CALLS] [{"name": "key", "arguments": {"track": "#1"}}', 4),
    ],
    ids=["llama3", "mistral"],
)
def test_the_form_of_calls_is_read_off_a_template(
    template: str, end: str, written: str, most: int
) -> None:
    chat = ChatTemplate(make_hf.make_tokenizer(template, end), [end])
    assert chat.native and chat.form.most == most
    assert [(c.name, c.args) for c in chat.form.calls(written)] == [("key", {"track": "#1"})]
    assert chat.form.calls("It is in C major.") == [] and chat.form.calls(written[:-4]) == []
    assert chat.form.written(chat.form.calls(written)).startswith(written)


def test_thoughts_and_half_calls_are_not_said(folders: dict[str, Path]) -> None:
    form = load_writer(str(folders["qwen2"])).template.form
    speech = Speech(form, ["END"], thinking=False)
    reply = '<think>C?</think>\n\nI look. <tool_call>\n{"name": "key", "arguments": {}}'
    said = [speech.heard(reply[:n]) for n in range(len(reply))]
    assert "".join(said) == "I look." and speech.calling
    assert [call.name for call in form.calls(speech.calls + "\n</tool_call>")] == ["key"]
    begun = Speech(None, ["END"], thinking=True)
    text = "hm</think>In C. ENDLESS"
    assert "".join(begun.heard(text[:n]) for n in range(len(text) + 1)) == "In C. "
    assert begun.stopped


# ---- what can't be had is said in a sentence ----------------------------------------------------


Bad = Callable[[Path], None]


def _edited(folder: Path, **changes: Any) -> None:
    config = folder / "config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | changes))


def _no_template(folder: Path) -> None:
    make_hf.make_tokenizer(None, "<|end|>").save_pretrained(folder)
    (folder / "chat_template.jinja").unlink(missing_ok=True)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda f: (f / "config.json").unlink(), "holds no Hugging Face model"),
        (lambda f: (f / "model.safetensors").unlink(), "not all its weights as safetensors"),
        (lambda f: (f / "model.safetensors").write_bytes(b"junk"), "does not load"),
        (partial(_edited, architectures=["BertForMaskedLM"]), "no causal language model"),
        (partial(_edited, is_encoder_decoder=True), "no causal language model"),
        (_no_template, "has no chat template"),
    ],
    ids=["no-config", "no-weights", "junk", "bert", "t5", "no-template"],
)
def test_a_folder_that_can_not_answer_is_told(
    folders: dict[str, Path], tmp_path: Path, store: WeightStore, spoil: Bad, said: str
) -> None:
    for path in folders["llama"].iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    spoil(tmp_path)
    with pytest.raises(ModelError, match=said):
        load_chat_model(f"hf:{tmp_path}", store).invoke("Hello?")


def test_what_is_not_here_is_told(store: WeightStore, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ModelError, match=r"no folder '\./nowhere'"):
        load_chat_model("hf:./nowhere", store)
    with pytest.raises(ModelError, match="network is off, and the model 'toy/absent'"):
        load_chat_model("hf:toy/absent", store, offline=True)
    with pytest.raises(ModelError, match="Models: embedded, rules"):
        load_chat_model("hf:", store)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ModelError, match=r"pip install 'musicologue\[bnb\]'"):
        load_chat_model("hf:toy/absent:4bit", store)


def test_the_hub_s_refusals_are_told(store: WeightStore, monkeypatch: pytest.MonkeyPatch) -> None:
    import httpx
    from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError

    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setattr("tools.fetching.answers", lambda address: False)
    model = load_chat_model("hf:toy/absent", store)
    with pytest.raises(ModelError, match="the hub does not answer"):
        model.invoke("Hello?")
    monkeypatch.setattr("tools.fetching.answers", lambda address: True)
    kinds = {GatedRepoError: "hf auth login", RepositoryNotFoundError: "hub has no model"}
    for kind, said in kinds.items():

        def refuse(*_: Any, kind: type = kind, local_files_only: bool = False, **__: Any) -> str:
            if local_files_only:
                raise FileNotFoundError
            answer = httpx.Response(403, request=httpx.Request("GET", "https://huggingface.co"))
            raise kind("403 Client Error", response=answer)

        monkeypatch.setattr("huggingface_hub.snapshot_download", refuse)
        with pytest.raises(ModelError, match=said):
            model.invoke("Hello?")


def test_an_id_is_found_in_the_hub_s_cache(
    folders: dict[str, Path], tmp_path: Path, store: WeightStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "models--toy--tiny"
    snapshot = home / "snapshots" / ("0" * 40)
    snapshot.mkdir(parents=True)
    (home / "refs").mkdir()
    (home / "refs" / "main").write_text("0" * 40)
    for path in folders["qwen2"].iterdir():
        (snapshot / path.name).write_bytes(path.read_bytes())
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    model = load_chat_model("hf:toy/tiny", store, offline=True)
    assert isinstance(model, HfChatModel)
    assert model.load().template.form.tag == "<tool_call>"
    assert model.load() is load_writer("toy/tiny")  # once a process


def test_a_conversation_that_is_too_long_is_told(writer: Writer) -> None:
    with pytest.raises(PromptTooLongError, match=r"tokens of 8192\. Start a new one"):
        model_of(writer).invoke(asked("why " * 9000))
