"""Which chat model answers: by name, as the user gives it."""

from typing import TYPE_CHECKING, Any

from tools.errors import MusicToolError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

REMOTE = {
    "openai": "langchain_openai",
    "anthropic": "langchain_anthropic",
    "ollama": "langchain_ollama",
}
"""Provider -> the LangChain package that reaches it; each is an extra of this project."""


class ModelError(MusicToolError):
    """The chat model can't be had."""


def load_chat_model(name: str, *, base_url: str = "", offline: bool = False) -> "BaseChatModel":
    """Return the chat model called `name`.

    Parameters
    ----------
    name : ``"rules"`` (no LLM), ``"openai:NAME"``, ``"anthropic:NAME"`` or ``"ollama:NAME"``
    base_url : address of an OpenAI-compatible or Ollama server; "" for the provider's own
    offline : refuse every model that is reached over a network, unless it is on this machine

    Raises
    ------
    ModelError
        If the name is unknown, its package is not installed, or the network is off.
    """
    if name == "rules":
        from agent.rules.chat_model import RulesChatModel

        return RulesChatModel()
    provider, _, model = name.partition(":")
    if provider not in REMOTE or not model:
        raise ModelError(
            f"There is no model '{name[:60]}'. Models: rules, "
            + ", ".join(f"{p}:NAME" for p in REMOTE)
            + "."
        )
    if offline and not _on_this_machine(provider, base_url):
        raise ModelError(f"The network is off, and '{name}' is reached over it. Use --model rules.")
    return _remote(provider, model, base_url)


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
