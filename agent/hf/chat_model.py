"""The `hf:` chat model: LangChain's messages in, and what a local model makes of them out.

The model decides by itself whether to call or to answer. Once it begins a call it is held to a
grammar made from the tools' schemas: there is no way to write an unknown tool or a wrong argument.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool

from agent.chunks import ending, joined, saying
from agent.hf.writer import Writer

CALL_TOKENS = 1024
"""More than a reply of words may have: calls end by themselves, and half a call is worth nothing."""


def keep_going() -> None:
    """Let a reply run to its end."""


class HfChatModel(BaseChatModel):
    """A causal model of `transformers` with its own chat template.

    Parameters
    ----------
    load : returns what writes; asked with the first question
    name : as the user gave it, ``"hf:..."``
    max_tokens : of an answer in words
    temperature : 0 for the same reply to the same question
    check_stop : called before every token; what it raises ends the reply and is raised
    """

    load: Callable[[], Writer]
    name: str = "hf"
    max_tokens: int = 512
    temperature: float = 0.0
    check_stop: Callable[[], None] = keep_going
    bound: tuple[dict[str, Any], ...] = ()
    must_call: bool = False

    @property
    def _llm_type(self) -> str:
        return "hf"

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | bool | dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Return a model that can call these tools.

        Parameters
        ----------
        tool_choice : ``"auto"`` or None leaves the choice to the model, ``"none"`` forbids calls,
            ``"any"``, ``"required"`` or True forces one, and a tool's name forces a call of it

        Raises
        ------
        ValueError
            If `tool_choice` names no tool.
        """
        bound = [convert_to_openai_tool(tool) for tool in tools]
        if isinstance(tool_choice, dict):
            tool_choice = str(tool_choice.get("function", {}).get("name", ""))
        if tool_choice == "none":
            bound = []
        elif isinstance(tool_choice, str) and tool_choice not in ("auto", "any", "required"):
            bound = [tool for tool in bound if tool["function"]["name"] == tool_choice]
            if not bound:
                raise ValueError(f"There is no tool '{tool_choice}' to be forced.")
        forced = bool(bound) and tool_choice not in (None, False, "auto")
        return self.model_copy(update={"bound": tuple(bound), "must_call": forced})

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return joined(self._stream(messages, stop, run_manager, **kwargs))

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        writer = self.load()
        prompt = writer.template.prompt(messages, self.bound)
        tokens = writer.encoded(prompt)
        speech = writer.speech(prompt, bool(self.bound), stop or ())
        matcher = writer.matcher(prompt, self.bound, self.must_call)
        reply, written, cut = "", list[int](), True
        limit = int(kwargs.get("max_tokens") or self.max_tokens)
        replying = writer.decoder.tokens(tokens, self.check_stop, matcher, self.temperature)
        for token in replying:
            written.append(token)
            reply = writer.decoded(written, bool(self.bound))
            if said := speech.heard(reply):
                yield saying(said, run_manager)
            if speech.stopped or len(written) >= limit + CALL_TOKENS * speech.calling:
                break
        else:
            cut = False
        replying.close()  # gives the model back to whoever waits
        if said := speech.heard(reply, last=True):
            yield saying(said, run_manager)
        calls = writer.template.form.calls(speech.calls) if speech.calling else []
        usage = UsageMetadata(
            input_tokens=len(tokens),
            output_tokens=len(written),
            total_tokens=len(tokens) + len(written),
        )
        reason = "tool_calls" if calls else "length" if cut and not speech.stopped else "stop"
        yield ending(
            [(call.name, call.args) for call in calls],
            len(messages),
            usage_metadata=usage,
            response_metadata={"finish_reason": reason},
        )
