import tensorflow as tf
with tf.io.gfile.GFile("gs://test_bucket/data/train.csv") as file:
    print(file.read())
