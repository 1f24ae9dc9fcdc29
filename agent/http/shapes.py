"""What answers look like that are nobody's in particular: problems, health, hits of a search."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field


def example(content: dict[str, Any]) -> ConfigDict:
    """Return the configuration of a shape with an example."""
    return ConfigDict(json_schema_extra={"example": content})


class Wrong(BaseModel):
    """One thing that is wrong with a request."""

    where: Annotated[str, Field(description="Such as `query.limit` or `body.question`.")]
    what: Annotated[str, Field(description="What was wanted, in a sentence.")]


class Problem(BaseModel):
    """Why a request was refused (RFC 9457)."""

    type: Annotated[str, Field(description="`about:blank`: the status says it all.")]
    title: Annotated[str, Field(description="The status in words.")]
    status: int
    detail: Annotated[str, Field(description="What is wrong, and what to do.")]
    errors: Annotated[list[Wrong] | None, Field(description="What is wrong, field by field.")] = (
        None
    )

    model_config = example(
        {
            "type": "about:blank",
            "title": "Not Found",
            "status": 404,
            "detail": "There is no track 'b7e2'.",
        }
    )


class Health(BaseModel):
    """That the server is up."""

    status: Literal["ok"]

    model_config = example({"status": "ok"})
