"""What shapes the moves of a call, beside their files."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class MoveSettings:
    """Where moves come from, and whether a judge is asked.

    Parameters
    ----------
    folders : tuple of str
        Folders with moves of your own, seen from the settings file's folder, laid over the shipped ones;
        later ones win.
    sentence_model : bool
        Whether a small sentence model decides together with the written patterns.
    judge_url : str
        Address of a language model of your own with the OpenAI form of chat completions, such as
        http://localhost:11434/v1. It is asked about unsure moves only, and told those sentences; its answers
        are marked as such and decide nothing. Empty: nobody is asked. A key is read from HEAROUT_JUDGE_KEY.
    judge_model : str
        The model's name there.

    Raises
    ------
    ValueError
        If the address is none, or there is no model to an address.
    """

    folders: tuple[str, ...] = ()
    sentence_model: bool = True
    judge_url: str = ""
    judge_model: str = ""

    def __post_init__(self) -> None:
        if not self.judge_url:
            return
        parts = urlsplit(self.judge_url)
        if parts.scheme not in {"http", "https"} or not parts.netloc:
            raise ValueError(f"the judge's address {self.judge_url!r} is no http(s) address")
        if not self.judge_model:
            raise ValueError("a judge needs judge_model, the model's name at that address")
