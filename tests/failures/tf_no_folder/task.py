import tensorflow as tf
print(tf.io.gfile.listdir("gs://test_bucket/no_such_folder"))
