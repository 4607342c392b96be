import tensorflow as tf
print(tf.matmul(tf.ones([2, 3]), tf.ones([2, 3])))
