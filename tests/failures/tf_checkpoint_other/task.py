import tensorflow as tf
path = tf.train.Checkpoint(weight=tf.Variable(tf.ones([3]))).save("ckpt")
tf.train.Checkpoint(weight=tf.Variable(tf.ones([4]))).restore(path)
