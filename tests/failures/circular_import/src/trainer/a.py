from trainer.b import two
one = 1
