"""Teach the small model: ``python -m agent.embedded.training.train --minutes 80``.

LoRA (Hu et al., 2021) on all linear layers above the lowest ones, which stay as they are and so need
no gradient; loss on the reply only; batches of about equal length; AdamW with a cosine schedule over the time that is left. The adapter is saved every few
minutes with the loss so far, and training goes on from an adapter if one is given.
"""

import argparse
import json
import logging
import math
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

log = logging.getLogger("train")

LINEAR = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
LAYERS = 30
BATCH = 640
"""Tokens of a batch with its padding; one batch is one step."""
CHUNK = 400
"""Examples that are sorted by length together."""
SAVE_EVERY = 240.0
WARM_UP = 0.03


@dataclass(frozen=True)
class Item:
    """The tokens of an example; the first `prompt` of them are not learnt."""

    tokens: tuple[int, ...]
    prompt: int


def items(path: Path, tokenizer: Any, kinds: frozenset[str]) -> list[Item]:
    """Return the examples of a file as tokens."""
    found = []
    for line in path.read_text("utf-8").splitlines():
        row = json.loads(line)
        if row["kind"] in kinds:
            prompt = tokenizer.encode(row["prompt"], add_special_tokens=False)
            reply = tokenizer.encode(row["reply"], add_special_tokens=False)
            found.append(Item((*prompt, *reply, tokenizer.eos_token_id), len(prompt)))
    return [item for item in found if len(item.tokens) <= BATCH]


def batches(pools: list[tuple[float, list[Item]]], dice: random.Random) -> Iterator[list[Item]]:
    """Yield batches of examples of about one length; the pools share the tokens as weighted."""
    spent = [0.0] * len(pools)
    orders: list[list[list[Item]]] = [[] for _ in pools]
    while True:
        which = min(range(len(pools)), key=lambda i: spent[i] / pools[i][0])
        if not orders[which]:
            orders[which] = _cut(pools[which][1], dice)
        batch = orders[which].pop()
        spent[which] += sum(len(item.tokens) for item in batch)
        yield batch


def _cut(pool: list[Item], dice: random.Random) -> list[list[Item]]:
    """Return all examples of a pool in batches of at most `BATCH` tokens with their padding.

    Short sequences side by side cost far less attention than a packed one that masks them apart.
    """
    order = dice.sample(pool, len(pool))
    cut: list[list[Item]] = []
    for start in range(0, len(order), CHUNK):
        batch: list[Item] = []
        for item in sorted(order[start : start + CHUNK], key=lambda i: len(i.tokens)):
            if batch and (len(batch) + 1) * len(item.tokens) > BATCH:
                cut.append(batch)
                batch = []
            batch.append(item)
        cut.append(batch)
    dice.shuffle(cut)
    return cut


def loss_of(model: Any, batch: list[Item]) -> "torch.Tensor":
    """Return the mean loss over the replies of a batch.

    Padding stands on the right, where no earlier token sees it: no mask is needed.
    """
    import torch
    from torch.nn.functional import cross_entropy

    width = max(len(item.tokens) for item in batch)
    rows = [[*item.tokens, *[0] * (width - len(item.tokens))] for item in batch]
    places = [
        row * width + place
        for row, item in enumerate(batch)
        for place in range(item.prompt - 1, len(item.tokens) - 1)
    ]
    targets = [token for item in batch for token in item.tokens[item.prompt :]]
    inner = model.get_base_model()
    hidden = inner.model(input_ids=torch.tensor(rows), use_cache=False)[0].flatten(0, 1)
    return cross_entropy(inner.lm_head(hidden[torch.tensor(places)]), torch.tensor(targets))


def with_adapter(base: Path, adapter: Path | None, rank: int, lowest: int) -> Any:
    """Return the base model with a LoRA adapter that can be trained."""
    import torch
    from peft import LoraConfig, PeftModel, get_peft_model
    from transformers import LlamaForCausalLM

    model = LlamaForCausalLM.from_pretrained(base, dtype=torch.float32, attn_implementation="sdpa")
    if adapter is not None:
        return PeftModel.from_pretrained(model, adapter, is_trainable=True).float()
    config = LoraConfig(
        r=rank, lora_alpha=rank, lora_dropout=0.0, target_modules=list(LINEAR),
        layers_to_transform=list(range(lowest, LAYERS)), layers_pattern="layers",
    )  # fmt: skip
    return get_peft_model(model, config)


def save(model: Any, folder: Path, told: list[dict[str, float]]) -> None:
    """Save adapter (bf16) and losses."""
    import torch
    from peft import get_peft_model_state_dict
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    state = {
        k: v.to(torch.bfloat16).contiguous() for k, v in get_peft_model_state_dict(model).items()
    }
    save_file(state, folder / "adapter_model.safetensors", metadata={"format": "pt"})
    model.peft_config["default"].base_model_name_or_path = "HuggingFaceTB/SmolLM2-135M-Instruct"
    model.peft_config["default"].save_pretrained(folder)
    (folder / "losses.json").write_text(json.dumps(told, indent=0) + "\n", encoding="utf-8")


def train(args: argparse.Namespace) -> None:
    """Train for the time given."""
    import torch
    from transformers import AutoTokenizer

    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    mates = Mates()
    dice = random.Random(args.seed + mates.rank)
    tokenizer = AutoTokenizer.from_pretrained(args.base)
    model = with_adapter(args.base, args.resume, args.rank, args.lowest)
    reading = items(args.examples, tokenizer, frozenset({"plan"}))
    answer = items(args.examples, tokenizer, frozenset({"answer", "caption", "refuse"}))
    held, pools = [], []
    for weight, pool in ((1 - args.answers, reading), (args.answers, answer)):
        if pool and weight > 0:
            held.append(pool[:60])
            pools.append((weight, pool[60:]))
    trained = [p for p in model.parameters() if p.requires_grad]
    log.info(
        "%d plans, %d answers, %d weights",
        len(reading),
        len(answer),
        sum(p.numel() for p in trained),
    )
    optimiser = torch.optim.AdamW(trained, lr=args.rate, betas=(0.9, 0.98), weight_decay=0.0)
    start, last, tokens = time.monotonic(), time.monotonic(), 0
    recent: list[float] = []
    told: list[dict[str, float]] = []
    for step, batch in enumerate(batches(pools, dice)):
        done = (time.monotonic() - start) / (60 * args.minutes)
        rate = args.rate * min(1.0, done / WARM_UP) * decay(done, args.last)
        for group in optimiser.param_groups:
            group["lr"] = max(rate, 1e-6)
        loss = loss_of(model, batch)
        torch.autograd.backward(loss)
        mates.share(trained)
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        tokens += sum(len(item.tokens) for item in batch)
        recent = [*recent[-49:], float(loss.detach())]
        if step % 20 == 0:
            pace = tokens / (time.monotonic() - start)
            log.info(
                "step %d  %.0f%%  loss %.3f  %d tokens  %.0f tokens/s",
                step,
                100 * done,
                sum(recent) / len(recent),
                tokens,
                pace,
            )
        if time.monotonic() - last > SAVE_EVERY or done >= 1:
            told.append(_row(model, step, tokens, recent, held))
            log.info("held out: %s", told[-1])
            if not mates.rank:
                save(model, args.out, told)
            last = time.monotonic()
        if mates.agree(done >= 1):
            return


def decay(done: float, last: float) -> float:
    """Return the share of the learning rate after a share of the time: a cosine down to `last`."""
    return last + (1 - last) * 0.5 * (1 + math.cos(math.pi * min(1.0, done)))


class Mates:
    """The processes that train together (`torchrun --nproc-per-node 2`); alone if there is one."""

    def __init__(self) -> None:
        import torch.distributed as dist

        self.rank, self._together = 0, dist.is_torchelastic_launched()
        if self._together:
            dist.init_process_group("gloo")
            self.rank = dist.get_rank()

    def share(self, weights: list[Any]) -> None:
        """Average the gradients."""
        if not self._together:
            return
        import torch
        import torch.distributed as dist

        flat = torch.cat([w.grad.flatten() for w in weights])
        dist.all_reduce(flat)
        flat /= dist.get_world_size()
        for weight, grad in zip(
            weights, torch.split(flat, [w.numel() for w in weights]), strict=True
        ):
            weight.grad.copy_(grad.view_as(weight))

    def agree(self, done: bool) -> bool:
        """Return whether any of them is done."""
        if not self._together:
            return done
        import torch
        import torch.distributed as dist

        flag = torch.tensor(float(done))
        dist.all_reduce(flag)
        return bool(flag > 0)


def _row(
    model: Any, step: int, tokens: int, recent: list[float], held: list[list[Item]]
) -> dict[str, float]:
    """Return the losses of a moment: on what is learnt, and on examples set apart."""
    import torch

    row = {"step": step, "tokens": tokens, "train": round(sum(recent) / len(recent), 4)}
    with torch.no_grad():
        for name, pool in zip(("reading", "answer"), held, strict=False):
            cut = _cut(pool, random.Random(0))
            row[name] = round(sum(float(loss_of(model, c)) for c in cut) / len(cut), 4)
    return row


def main() -> None:
    """Read the command line and train."""
    parser = argparse.ArgumentParser(description="Teach the small model.")
    parser.add_argument("--base", type=Path, required=True, help="folder of the base model")
    parser.add_argument("--examples", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--resume", type=Path, default=None, help="adapter to go on from")
    parser.add_argument("--minutes", type=float, default=80.0)
    parser.add_argument("--rate", type=float, default=8e-4)
    parser.add_argument("--last", type=float, default=0.03, help="share of the rate at the end")
    parser.add_argument("--rank", type=int, default=32)
    parser.add_argument("--lowest", type=int, default=8, help="layers below stay as they are")
    parser.add_argument("--answers", type=float, default=0.4, help="share of the tokens")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    train(parser.parse_args())


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    main()
