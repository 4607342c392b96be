import tensorflow as tf
path = tf.train.Checkpoint(weight=tf.Variable(1.0)).save("gs://no_such_bucket_of_ours/model/ckpt")
print(path)
