from trainer.a import one
two = 2
