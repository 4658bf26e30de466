"""llama.cpp's own samplers, chained as :class:`repondeur.engine.protocol.Sampling` says."""

from collections.abc import Iterator
from contextlib import contextmanager

from repondeur.engine.bindings import C
from repondeur.engine.protocol import Sampling


@contextmanager
def sampler_chain(sampling: Sampling, vocabulary: int) -> Iterator[int]:
    """Make llama.cpp's chain of samplers. The ``top_k`` cut comes first: the others then see few candidates."""
    chain = C.llama_sampler_chain_init(C.llama_sampler_chain_default_params())
    try:
        for link in _links(sampling, vocabulary):
            C.llama_sampler_chain_add(chain, link)
        yield chain
    finally:
        C.llama_sampler_free(chain)


def _links(sampling: Sampling, vocabulary: int) -> Iterator[int]:
    if sampling.top_k:
        yield C.llama_sampler_init_top_k(sampling.top_k)
    if sampling.repeat_last and sampling.repeat_penalty != 1.0:
        yield C.llama_sampler_init_penalties(vocabulary, sampling.repeat_last, sampling.repeat_penalty, 0.0, 0.0)
    if sampling.temperature <= 0.0:
        yield C.llama_sampler_init_greedy()
        return
    if sampling.top_p < 1.0:
        yield C.llama_sampler_init_top_p(sampling.top_p, 1)
    if sampling.min_p > 0.0:
        yield C.llama_sampler_init_min_p(sampling.min_p, 1)
    yield C.llama_sampler_init_temp(sampling.temperature)
    yield C.llama_sampler_init_dist(sampling.seed)
