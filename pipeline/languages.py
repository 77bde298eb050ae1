"""Language packs: YAML files in configs/languages/, checked and turned into `LanguagePack`."""

from __future__ import annotations

import re
from functools import cache
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from pipeline.configs import configs_dir, load_yaml
from pipeline.timeline import LanguagePack, Phrases, RoleCues


def _plain(phrase: str) -> str:
    if phrase != phrase.lower() or re.search(r"[^\w' ]", phrase):
        raise ValueError(f"write {phrase!r} in lower case and without punctuation, as it is matched")
    return phrase


def _pattern(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"is not a regular expression: {error}") from error
    return pattern


_Phrase = Annotated[str, AfterValidator(_plain)]
_Pattern = Annotated[str, AfterValidator(_pattern)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _RolesPart(_Strict):
    agent_phrases: dict[str, tuple[_Pattern, ...]] = Field(default_factory=dict)
    customer_phrases: dict[str, tuple[_Pattern, ...]] = Field(default_factory=dict)


class PackFile(_Strict):
    """The form of a language pack's file."""

    code: str = Field(pattern=r"^[a-z]{2,3}$")
    name: str
    backchannels: tuple[_Phrase, ...] = ()
    laughter: tuple[_Phrase, ...] = ()
    reactions: tuple[_Phrase, ...] = ()
    partings: tuple[_Phrase, ...] = ()
    fillers: tuple[_Phrase, ...] = ()
    leaves_open: tuple[_Phrase, ...] = ()
    may_leave_open: tuple[_Phrase, ...] = ()
    closes: tuple[_Phrase, ...] = ()
    resumption: tuple[_Phrase, ...] = ()
    objections: tuple[_Phrase, ...] = ()
    answers: tuple[_Phrase, ...] = ()
    question_starters: tuple[_Phrase, ...] = ()
    apologies: tuple[_Phrase, ...] = ()
    identifying: tuple[_Phrase, ...] = ()
    hold_requests: tuple[_Phrase, ...] = ()
    roles: _RolesPart = Field(default_factory=_RolesPart)

    def to_pack(self) -> LanguagePack:
        """Return the pack as the pure rooms take it."""
        return LanguagePack(
            code=self.code,
            name=self.name,
            backchannels=Phrases(self.backchannels),
            laughter=Phrases(self.laughter),
            reactions=Phrases(self.reactions),
            partings=Phrases(self.partings),
            fillers=Phrases(self.fillers),
            leaves_open=Phrases(self.leaves_open),
            may_leave_open=Phrases(self.may_leave_open),
            closes=Phrases(self.closes),
            resumption=Phrases(self.resumption),
            objections=Phrases(self.objections),
            answers=Phrases(self.answers),
            question_starters=Phrases(self.question_starters),
            apologies=Phrases(self.apologies),
            identifying=Phrases(self.identifying),
            hold_requests=Phrases(self.hold_requests),
            roles=RoleCues(self.roles.agent_phrases, self.roles.customer_phrases),
        )


@cache
def language_pack(code: str) -> LanguagePack | None:
    """Return the shipped pack of a language, or ``None`` if there is none.

    Parameters
    ----------
    code : str
        As the recogniser gives it, such as ``en``.

    Raises
    ------
    UsageError
        If the pack's file is not in order.
    """
    path = configs_dir() / "languages" / f"{code}.yaml"
    if not code.isalpha() or not path.is_file():
        return None
    return load_yaml(path, PackFile).to_pack()
