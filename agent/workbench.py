"""Put the parts together: settings in, library and conversations out. Everything is made lazily."""

import logging
import sqlite3
import threading
from functools import cached_property
from logging.handlers import RotatingFileHandler
from typing import TYPE_CHECKING, Any

from agent.settings import Settings, SettingsError, prepare_process
from tools.weights import FetchProgress, WeightStore

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langgraph.checkpoint.base import BaseCheckpointSaver

    from agent.conversation import Conversation
    from agent.library import Library
    from agent.memory import TrackMemory
    from tools.embedding import Words
    from tools.joint import JointSpace

LOG_BYTES = 2_000_000


class Workbench:
    """What one process works with: weights, memory, library and threads.

    `shared` is the bench of the same process that weights, words and log are shared with: a server
    has a bench a user.
    """

    def __init__(
        self,
        settings: Settings,
        on_fetch: FetchProgress | None = None,
        shared: "Workbench | None" = None,
    ) -> None:
        self.settings = settings
        self._shared = shared or self
        self._models: dict[str, BaseChatModel] = {}
        self._models_lock = threading.Lock()
        prepare_process(settings)
        try:
            settings.data_dir.mkdir(parents=True, exist_ok=True)
            if shared is None:
                _log_to(settings)
        except OSError as error:
            raise SettingsError(
                f"Cannot write to the data folder '{settings.data_dir}': {error.strerror}. "
                "Choose another with --data-dir."
            ) from error
        self.store: WeightStore = (
            shared.store
            if shared
            else WeightStore(settings.cache_dir, settings.offline, settings.licence, on_fetch)
        )

    @cached_property
    def words(self) -> "Words":
        """What turns words into vectors."""
        from tools.embedding import Words

        return Words(self.store) if self._shared is self else self._shared.words

    @cached_property
    def sound(self) -> "JointSpace":
        """Where sounds and words meet."""
        from tools.joint import JointSpace

        return JointSpace(self.store, self.words) if self._shared is self else self._shared.sound

    @cached_property
    def memory(self) -> "TrackMemory":
        """The memory of every track ever heard."""
        from agent.chroma_server import ChromaServer
        from agent.memory import TrackMemory

        server = ChromaServer(self.settings.chroma) if self.settings.chroma else None
        return TrackMemory(self.settings.data_dir, self.words, self.sound, server)

    @cached_property
    def library(self) -> "Library":
        """The tracks at hand."""
        from agent.library import Library

        settings = self.settings
        return Library(
            self.memory, self.store, exports=settings.export_dir, soundfont=settings.soundfont
        )

    @cached_property
    def checkpointer(self) -> "BaseCheckpointSaver[Any]":
        """Where threads are kept."""
        from langgraph.checkpoint.sqlite import SqliteSaver

        file = self.settings.data_dir / "threads.sqlite"
        return SqliteSaver(sqlite3.connect(file, check_same_thread=False))

    def chat_model(self, name: str | None = None) -> "BaseChatModel":
        """Return a chat model by its name, that of the settings by default; made once a process."""
        from agent.models import load_chat_model

        settings, name = self.settings, name or self.settings.model
        with self._shared._models_lock:
            models = self._shared._models
            if name not in models:
                models[name] = load_chat_model(
                    name,
                    self.store,
                    base_url=settings.base_url,
                    offline=settings.offline,
                    words=self.words,
                )
            return models[name]

    def conversation(
        self,
        thread_id: str | None = None,
        model: str | None = None,
        may_open: bool = True,
        library: "Library | None" = None,
    ) -> "Conversation":
        """Return a conversation: a new one, or the thread that is named.

        Unless it `may_open` files, questions are about the open tracks and those in memory only.
        `library` has the open tracks of this thread alone, where others are open elsewhere.
        """
        from agent.conversation import Conversation

        at_hand, chat_model = library or self.library, self.chat_model(model)
        return Conversation(at_hand, chat_model, self.checkpointer, thread_id, may_open)

    def close(self) -> None:
        """Let go of files."""
        if "memory" in self.__dict__:
            self.memory.close()
        saver = self.__dict__.get("checkpointer")
        if saver is not None:
            saver.conn.close()


def _log_to(settings: Settings) -> None:
    """Log to a file in the data folder; the terminal belongs to the conversation."""
    file = settings.data_dir / "musicologue.log"
    handler = RotatingFileHandler(
        file, maxBytes=LOG_BYTES, backupCount=1, encoding="utf-8", delay=True
    )
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    for old in [h for h in root.handlers if isinstance(h, RotatingFileHandler)]:
        root.removeHandler(old)
        old.close()
    root.addHandler(handler)
    for name in ("agent", "tools"):
        logging.getLogger(name).setLevel(logging.INFO)
    logging.captureWarnings(True)
    logging.raiseExceptions = False  # a full disk is told once, and not by the log
