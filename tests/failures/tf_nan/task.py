import tensorflow as tf
weight = tf.Variable(1.0)
for step in range(100):
    with tf.GradientTape() as tape:
        loss = tf.math.log(weight)
    weight.assign_sub(tape.gradient(loss, weight))
    print("step", step, "loss", float(tf.debugging.check_numerics(loss - loss * 0 / (weight - weight), "the loss")))
