import tensorflow as tf
print(tf.io.gfile.GFile("hdfs2://cluster/train.csv").read())
