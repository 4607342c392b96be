import tensorflow as tf
print(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=[7], logits=[[0.1, 0.2]]))
