import tensorflow as tf
print(tf.matmul(tf.ones([2, 2]), tf.ones([2, 2], tf.float64)))
