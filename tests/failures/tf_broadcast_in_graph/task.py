import tensorflow as tf
@tf.function(input_signature=[tf.TensorSpec([None]), tf.TensorSpec([None])])
def add(a, b):
    return a + b
print(add(tf.ones([3]), tf.ones([4])))
