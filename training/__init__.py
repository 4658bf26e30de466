"""How the starter model is made: corpus, generator, tokenizer, training, export, evaluation.

The program never imports it.
"""
