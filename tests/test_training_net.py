"""The starter model's making, with the libraries of training: tokenizer, net, loss, loop, export.

llama.cpp must compute from the exported file what PyTorch computes, and cut text as the trained tokenizer does.
"""

from itertools import islice
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="training's own libraries are not installed (make setup-training)")
pytest.importorskip("tokenizers", reason="training's own libraries are not installed (make setup-training)")
gguf = pytest.importorskip("gguf", reason="training's own libraries are not installed (make setup-training)")

import llama_cpp  # noqa: E402
import numpy as np  # noqa: E402

from training import export, train, validation  # noqa: E402
from training.corpus_data import Corpus, load  # noqa: E402
from training.generate import Example, Generator  # noqa: E402
from training.loss import cross_entropy  # noqa: E402
from training.model import Config, Starter  # noqa: E402
from training.tokenizer import CONTROL, END, REPLY, Encoder, build  # noqa: E402

ODD_TEXTS = (
    "",
    "  deux espaces,  puis\n\ndes lignes\t! ",
    "L’été à 14 h 30 : 12,50 € « très bien » ; n° 42…",
    "c tro bien 😍😍👍🏽 !!! ÇA ALORS œuf Œuvre d'l'apostrophe'm",
    "<|end|><|reply|> ignore <|im_end|> tout",
    "日本語 עברית \u200b zero",
    "a" * 300,
)


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return load()


@pytest.fixture(scope="module")
def encoder(corpus: Corpus, tmp_path_factory: pytest.TempPathFactory) -> Encoder:
    return build(Generator(corpus, 5), tmp_path_factory.mktemp("bpe") / "tokenizer.json", size=1024, count=1500)


@pytest.fixture(scope="module")
def model() -> Starter:
    torch.manual_seed(3)
    net = Starter(Config(vocabulary=1024, width=128, layers=2, heads=2, inner=192, context=512)).eval()
    with torch.no_grad():
        for block in net.blocks:  # as loud as a trained net, so that every part weighs on the result
            block.out.weight.mul_(10)
            block.down.weight.mul_(10)
            block.attn_norm.weight.uniform_(0.5, 1.5)
    return net


@pytest.fixture(scope="module")
def files(model: Starter, encoder: Encoder, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("gguf")
    export.write_f32(model, encoder.tokenizer, folder / "f32.gguf")
    export.export(model, encoder.tokenizer, folder / "q8.gguf")
    return {"f32": folder / "f32.gguf", "q8": folder / "q8.gguf"}


def tokens_of_llama(llm: llama_cpp.Llama, text: str) -> list[int]:
    return list(llm.tokenize(text.encode(), add_bos=False, special=False)) if text else []


@pytest.mark.parametrize(("name", "closeness"), [("f32", 0.99999), ("q8", 0.999)])
def test_llama_cpp_computes_what_torch_computes(
    files: dict[str, Path], model: Starter, encoder: Encoder, name: str, closeness: float
) -> None:
    ids = encoder.prompt(Example("garage", "fr", "Très bon garage, merci à Zoé !", "", 5, "sobre", "court", ""))[0]
    llm = llama_cpp.Llama(str(files[name]), n_ctx=256, n_threads=1, logits_all=True, verbose=False)
    try:
        llm.eval(ids)
        theirs = np.array(llm.scores[: len(ids)])
    finally:
        llm.close()
    with torch.no_grad():
        ours = model(torch.tensor([ids]))[0].numpy()
    cosine = (ours * theirs).sum(1) / np.linalg.norm(ours, axis=1) / np.linalg.norm(theirs, axis=1)
    assert cosine.min() > closeness
    assert np.abs(ours - theirs).max() < (0.01 if name == "f32" else 0.08) * np.abs(ours).max()


def test_both_tokenizers_cut_the_corpus_alike(files: dict[str, Path], encoder: Encoder, corpus: Corpus) -> None:
    llm = llama_cpp.Llama(str(files["q8"]), n_ctx=64, n_threads=1, vocab_only=True, verbose=False)
    try:
        texts = [t for e in islice(Generator(corpus, 11), 300) for t in (e.review, e.reply, e.note)]
        texts += [t for cell in corpus.cells()[::5] for t in cell.reviews] + list(ODD_TEXTS)
        for text in texts:
            assert tokens_of_llama(llm, text) == encoder.text(text), text
        for number, name in enumerate(CONTROL):
            assert llm.tokenize(name.encode(), add_bos=False, special=True) == [number]
    finally:
        llm.close()


def test_no_text_becomes_a_control_token(encoder: Encoder) -> None:
    for name in CONTROL:
        assert min(encoder.text(f"avant {name} après")) >= len(CONTROL)


def test_the_file_says_what_it_is(files: dict[str, Path]) -> None:
    fields = gguf.GGUFReader(files["q8"]).fields
    told = {name: fields[name].contents() for name in ("general.license", "general.name", "tokenizer.ggml.pre")}
    assert told == {"general.license": "MIT", "general.name": "Répondeur starter", "tokenizer.ggml.pre": "gpt-2"}
    assert fields["tokenizer.ggml.eos_token_id"].contents() == END
    assert fields["tokenizer.chat_template"].contents().endswith("<|reply|>")
    assert not any("points" in t.name for t in gguf.GGUFReader(files["q8"]).tensors)


def test_points_end_inside_the_review(corpus: Corpus, encoder: Encoder) -> None:
    labels = train.label_table(corpus)
    for example in islice(Generator(corpus, 6), 500):
        ids, prompt, places = encoder.example(example)
        assert ids[prompt - 1] == REPLY
        assert ids[-1] == END
        assert all(label in labels and 0 < place < len(ids) for place, label in places)
        assert all(example.reply[start - 1 : start] in ("", " ") for start, _ in example.answers)


def test_the_fused_loss_equals_the_plain_one() -> None:
    torch.manual_seed(0)
    hidden, matrix = torch.randn(700, 16, requires_grad=True), torch.randn(50, 16, requires_grad=True)
    targets, weights = torch.randint(0, 50, (700,)), torch.rand(700)
    fused = cross_entropy(hidden, matrix, targets, weights)
    gradients = torch.autograd.grad(fused, (hidden, matrix))
    plain = (torch.nn.functional.cross_entropy(hidden @ matrix.T, targets, reduction="none") * weights).sum()
    wanted = torch.autograd.grad(plain, (hidden, matrix))
    assert torch.allclose(fused, plain, rtol=1e-4)
    assert all(torch.allclose(a, b, atol=1e-4) for a, b in zip(gradients, wanted, strict=True))


def test_a_few_steps_learn_and_a_stopped_run_goes_on(corpus: Corpus, encoder: Encoder, tmp_path: Path) -> None:
    encoder.tokenizer.save(str(tmp_path / "tokenizer.json"))
    small = {"width": 64, "layers": 1, "inner": 64, "vocabulary": 1024, "tokens": 1500, "device": "cpu"}
    shape = [*(f"--{name}={value}" for name, value in small.items()), "--no-compile"]
    args = train.parser().parse_args([*shape, "--out", str(tmp_path), "--log", str(tmp_path / "log.csv")])
    run = train.Run(args)
    batch = next(train.batches(corpus, run.encoder, run.labels, 1, 1500, gold_share=0.1))
    losses = [run.learn(batch)[0] for _ in range(12)]
    assert losses[-1] < losses[0]
    run.save()
    again = train.Run(args)
    assert again.step == 12
    assert torch.equal(again.model.embed.weight, run.model.embed.weight)
    loss, _ = validation.reply_loss(again.model, again.encoder, again.sets.gold[:4], again.labels)
    assert 0 < loss < 20
