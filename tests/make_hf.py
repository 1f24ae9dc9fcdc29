"""Tiny instruct models with random weights, as the library saves them; tokenizers made on the spot."""

from importlib import import_module
from pathlib import Path
from typing import Any

HERMES = """
{%- if tools %}<|im_start|>system
{% if messages[0].role == 'system' %}{{ messages[0].content }}

{% endif %}# Tools
<tools>
{%- for tool in tools %}
{{ tool | tojson }}
{%- endfor %}
</tools><|im_end|>
{% elif messages[0].role == 'system' %}<|im_start|>system
{{ messages[0].content }}<|im_end|>
{% endif %}
{%- for m in messages %}
{%- if m.role == 'user' or (m.role == 'assistant' and not m.tool_calls) %}<|im_start|>{{ m.role }}
{{ m.content }}<|im_end|>
{% elif m.role == 'assistant' %}<|im_start|>assistant
{%- if m.content %}
{{ m.content }}
{%- endif %}
{%- for call in m.tool_calls %}
<tool_call>
{"name": "{{ call.function.name }}", "arguments": {{ call.function.arguments | tojson }}}
</tool_call>
{%- endfor %}<|im_end|>
{% elif m.role == 'tool' %}<|im_start|>user
<tool_response>
{{ m.content }}
</tool_response><|im_end|>
{% endif %}
{%- endfor %}
{%- if add_generation_prompt %}<|im_start|>assistant
{% endif %}"""
"""In the way of Qwen 2.5: tools in the system text, calls in tags."""

TURNS = """
{%- if messages[0].role == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}
{%- for m in messages %}
{%- if (m.role == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('Roles take turns') }}{% endif %}
{{- '<|start|>' + m.role + '\n' + m.content + '<|end|>\n' }}
{%- endfor %}
{%- if add_generation_prompt %}{{ '<|start|>assistant\n' }}{% endif %}"""
"""In the way of Gemma and early Llamas: no system, no tools, roles in turn."""

LLAMA3 = """
{%- for m in messages %}
{%- if m.tool_calls %}
{%- if m.tool_calls | length != 1 %}{{ raise_exception('Only single tool-calls at once!') }}{% endif %}
{{- '<|start|>assistant<|sep|>\n\n{"name": "' + m.tool_calls[0].function.name + '", "parameters": ' }}
{{- m.tool_calls[0].function.arguments | tojson }}{{ '}<|end|>' }}
{%- elif m.role in ('tool', 'ipython') %}{{ '<|start|>ipython<|sep|>\n\n' + m.content + '<|end|>' }}
{%- else %}
{{- '<|start|>' + m.role + '<|sep|>\n\n' }}
{%- if tools and loop.first %}{% for t in tools %}{{ t | tojson(indent=4) }}{{ '\n\n' }}{% endfor %}{% endif %}
{{- m.content + '<|end|>' }}
{%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{ '<|start|>assistant<|sep|>\n\n' }}{% endif %}"""

MISTRAL = """
{%- for m in messages %}
{%- if m.role == 'user' %}
{%- if tools and loop.last %}[AVAILABLE_TOOLS] {{ tools | tojson }}[/AVAILABLE_TOOLS]{% endif %}[INST] {{ m.content }}[/INST]
{%- elif m.tool_calls %}[TOOL_CALLS] [
{%- for call in m.tool_calls %}
{%- if call.id | length != 9 %}{{ raise_exception('ids have 9 letters') }}{% endif %}
{{- '{"name": "' + call.function.name + '", "arguments": ' + (call.function.arguments | tojson) }}
{{- ', "id": "' + call.id + '"}' }}{{ ', ' if not loop.last else ']</s>' }}
{%- endfor %}
{%- elif m.role == 'tool' %}[TOOL_RESULTS] {"content": {{ m.content | tojson }}}[/TOOL_RESULTS]
{%- elif m.role == 'assistant' %} {{ m.content }}</s>
{%- else %}{{ raise_exception('Only user and assistant roles are supported') }}
{%- endif %}
{%- endfor %}"""

SPECIAL = (
    *("<|im_end|>", "<|im_start|>", "<|start|>", "<|end|>", "<|sep|>", "</s>"),
    *("[INST]", "[/INST]", "[TOOL_CALLS]", "[TOOL_RESULTS]", "[/TOOL_RESULTS]"),
)
TAGS = ("<tool_call>", "</tool_call>", "<think>", "</think>")


def make_tokenizer(template: str | None, end: str, text: str = "", tags: bool = True) -> Any:
    """Return a tokenizer trained on a text; with `tags`, those of calls are tokens, too."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers

    transformers: Any = import_module("transformers")  # it is only half typed
    letters = Tokenizer(models.BPE())
    letters.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    letters.decoder = decoders.ByteLevel()
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(vocab_size=900, initial_alphabet=alphabet, show_progress=False)
    letters.train_from_iterator([text], trainer)
    letters.add_special_tokens(list(SPECIAL))
    if tags:
        letters.add_tokens([AddedToken(tag, normalized=False) for tag in TAGS])
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=letters, eos_token=end, pad_token=end
    )
    tokenizer.chat_template = template
    return tokenizer


def write_model(folder: Path, kind: str, tokenizer: Any, context: int = 8192) -> Path:
    """Write a causal model of a few thousand random weights, ``"Qwen2"`` or ``"Llama"``."""
    import torch

    transformers: Any = import_module("transformers")
    config = getattr(transformers, f"{kind}Config")(
        vocab_size=len(tokenizer),
        hidden_size=16,
        intermediate_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        max_position_embeddings=context,
        initializer_range=0.5,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    torch.manual_seed(0)
    transformers.utils.logging.disable_progress_bar()
    getattr(transformers, f"{kind}ForCausalLM")(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
