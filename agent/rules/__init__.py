"""The `rules` model: understands questions about music by rules, and answers from tool results.

`understand` and the ``answer_*`` modules are pure functions over the values of `asks`; only
`chat_model` knows LangChain, and it is imported when it is asked for.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agent.rules.chat_model import RulesChatModel

__all__ = ["RulesChatModel"]


def __getattr__(name: str) -> Any:
    if name == "RulesChatModel":
        from agent.rules.chat_model import RulesChatModel

        return RulesChatModel
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
