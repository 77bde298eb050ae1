"""Every option and threshold of the words room."""

from __future__ import annotations

from dataclasses import dataclass

DEVICES = ("auto", "cpu", "cuda")
_CODES = """
    af am ar as az ba be bg bn bo br bs ca cs cy da de el en es et eu fa fi fo fr gl gu ha haw he hi hr ht hu
    hy id is it ja jw ka kk km kn ko la lb ln lo lt lv mg mi mk ml mn mr ms mt my ne nl nn no oc pa pl ps pt
    ro ru sa sd si sk sl sn so sq sr su sv sw ta te tg th tk tl tr tt uk ur uz vi yi yo yue zh
"""
LANGUAGES = frozenset(_CODES.split())
"""Codes that Whisper knows; a model may know fewer."""


@dataclass(frozen=True)
class CleaningSettings:
    """What counts as made up by the recogniser.

    Parameters
    ----------
    edge_tolerance_s : float
        A word this far outside the speech still belongs to it, and is moved inside.
    no_speech_probability, no_speech_logprob : float
        A window above the first and below the second holds no speech (Whisper's own rule).
    least_logprob : float
        Below this mean log probability per token a window is tried again.
    most_compression : float
        Above this compression ratio a window is tried again: its text goes in circles.
    least_probability : float
        A stretch of speech whose words are on average less probable than this loses them.
    unsure_probability : float
        The same where a word or two stand in much sound, sooner so if they are known from subtitles
        ("Thanks for watching"): people say those, too, but not alone over seconds of music.
    most_words_per_s : float
        Nobody speaks faster, in words per second of speech.
    most_repeats : int
        The longest run of the same words in one breath that is believed.
    leak_level_db : float
        Words that the other channel holds at the same time, louder by this much, leaked from there.
    """

    edge_tolerance_s: float = 0.25
    no_speech_probability: float = 0.6
    no_speech_logprob: float = -1.0
    least_logprob: float = -1.0
    most_compression: float = 2.4
    least_probability: float = 0.12
    unsure_probability: float = 0.6
    most_words_per_s: float = 8.0
    most_repeats: int = 6
    leak_level_db: float = 10.0


@dataclass(frozen=True)
class WordSettings:
    """How words are recognised.

    Parameters
    ----------
    model : str
        Name of a published model, or the path of a folder with one.
    language : str
        Language code such as "en", or "auto".
    device : {"auto", "cpu", "cuda"}
        Where the model runs.
    compute_type : str
        CTranslate2's name of the arithmetic; "auto" is int8 on a CPU, float16 on a GPU.
    threads : int
        CPU threads; 0: as many as this process may use.
    beam_size : int
        Hypotheses followed at a time; more is slower and hardly better (see docs).
    batch_windows : int
        Windows decoded together; 8 are 15 % faster than 4, and need 400 MiB more.
    hotwords : tuple of str
        Names and terms of the company: products, agents, places.
    window_s : float
        Longest stretch of audio heard at once, in seconds; at most 30.
    pause_kept_s : float
        Longest pause that stays between two stretches of speech, in seconds.
    bridge_s : float
        Gaps in the speech shorter than this are part of it, in seconds.
    cleaning : CleaningSettings
        What counts as made up.
    """

    model: str = "base"
    language: str = "auto"
    device: str = "auto"
    compute_type: str = "auto"
    threads: int = 0
    beam_size: int = 3
    batch_windows: int = 4
    hotwords: tuple[str, ...] = ()
    window_s: float = 30.0
    pause_kept_s: float = 0.8
    bridge_s: float = 0.3
    cleaning: CleaningSettings = CleaningSettings()

    def __post_init__(self) -> None:
        if self.device not in DEVICES:
            raise ValueError(f"device takes auto, cpu or cuda, not {self.device!r}")
        if self.language != "auto" and self.language not in LANGUAGES:
            raise ValueError(f"language takes auto or a code such as en or de, not {self.language!r}")
