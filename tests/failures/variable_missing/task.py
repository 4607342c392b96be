import os
print("reading", os.environ["TRAINING_DATA_DIR"])
