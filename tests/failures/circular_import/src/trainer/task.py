from trainer.a import one
print(one)
