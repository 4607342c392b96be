import tensorflow as tf
with open("train.tfrecord", "w") as file:
    file.write("label,feature\n" * 100)
for record in tf.data.TFRecordDataset("train.tfrecord"):
    print(record)
