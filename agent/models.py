"""Which chat model answers: by name, as the user gives it."""

import logging
from typing import TYPE_CHECKING, Any

from tools.errors import MusicToolError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from tools.embedding import Words
    from tools.joint import Vector
    from tools.weights import WeightStore

log = logging.getLogger(__name__)

REMOTE = {
    "openai": "langchain_openai",
    "anthropic": "langchain_anthropic",
    "ollama": "langchain_ollama",
}
"""Provider -> the LangChain package that reaches it; each is an extra of this project."""


class ModelError(MusicToolError):
    """The chat model can't be had."""


def load_chat_model(
    name: str,
    store: "WeightStore",
    *,
    base_url: str = "",
    offline: bool = False,
    words: "Words | None" = None,
) -> "BaseChatModel":
    """Return the chat model called `name`.

    Parameters
    ----------
    name : ``"embedded"`` (a small language model of our own), ``"rules"`` (none), ``"hf:FOLDER or
        ID"`` (a Hugging Face model on this machine), ``"openai:NAME"``, ``"anthropic:NAME"`` or
        ``"ollama:NAME"``
    store : where the weights of embedded models come from
    base_url : address of an OpenAI-compatible or Ollama server; "" for the provider's own
    offline : refuse every model that is reached over a network, unless it is on this machine
    words : the sentence embedding, where one is loaded already

    Raises
    ------
    ModelError
        If the name is unknown, its package is not installed, or the network is off.
    """
    if name == "rules":
        from agent.rules.chat_model import RulesChatModel

        return RulesChatModel()
    if name in ("embedded", "embedded:raw"):
        return _embedded(name, store, words)
    provider, _, model = name.partition(":")
    if provider == "hf" and model:
        return _hugging_face(model, offline or store.offline)
    if provider not in REMOTE or not model:
        raise ModelError(
            f"There is no model '{name[:60]}'. Models: embedded, rules, "
            + ", ".join(f"{p}:NAME" for p in REMOTE)
            + ", hf:FOLDER or hf:ID."
        )
    if offline and not _on_this_machine(provider, base_url):
        raise ModelError(f"The network is off, and '{name}' is reached over it. Use --model rules.")
    return _remote(provider, model, base_url)


def _embedded(name: str, store: "WeightStore", words: "Words | None") -> "BaseChatModel":
    """Return the embedded model, tuned or raw; its weights are loaded with the first question."""
    from agent.embedded.chat_model import ADAPTER, EmbeddedChatModel
    from agent.embedded.engine import Engine, load_engine
    from agent.embedded.ranker import MEANING
    from tools.embedding import SPACES, Words

    adapter = None if name.endswith(":raw") else ADAPTER

    def load() -> Engine | None:
        try:
            return load_engine(store, adapter)
        except MusicToolError as error:  # no weights and no network: the rules do it alone
            log.warning("the embedded model can't be had: %s", error)
            return None

    known = words or Words(store)

    def meaning(question: str) -> "Vector | None":
        return known.embed([question])[0] if known.space == SPACES[MEANING] else None

    return EmbeddedChatModel(load=load, name=name, meaning=meaning)


def _hugging_face(place: str, offline: bool) -> "BaseChatModel":
    """Return a model of Hugging Face on this machine; it is loaded with the first question."""
    from functools import partial

    from agent.hf.chat_model import HfChatModel
    from agent.hf.checkpoint import check
    from agent.hf.writer import load_writer

    check(place, offline=offline)
    return HfChatModel(load=partial(load_writer, place, offline=offline), name=f"hf:{place}")


def _remote(provider: str, model: str, base_url: str) -> "BaseChatModel":
    from importlib.util import find_spec

    if find_spec(REMOTE[provider]) is None:
        raise ModelError(
            f"The model '{provider}:{model}' needs a package that is not installed. "
            f"Run: pip install 'musicologue[{provider}]'"
        )
    from langchain.chat_models import init_chat_model

    options: dict[str, Any] = {"base_url": base_url} if base_url else {}
    try:
        chat_model: BaseChatModel = init_chat_model(
            model, model_provider=provider, temperature=0.0, **options
        )
    except Exception as error:
        raise ModelError(f"The model '{provider}:{model}' can't be used: {error}") from error
    return chat_model


def _on_this_machine(provider: str, base_url: str) -> bool:
    from urllib.parse import urlsplit

    host = urlsplit(base_url).hostname if base_url else None
    if host is None:
        return provider == "ollama"
    return host in ("localhost", "127.0.0.1", "::1")
