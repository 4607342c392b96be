import tensorflow as tf
tf.train.Checkpoint(weight=tf.Variable(1.0)).read("model/ckpt-7").assert_consumed()
