import tensorflow as tf
with tf.io.gfile.GFile("gs://no_such_bucket_of_ours/report.txt", "w") as file:
    file.write("done")
