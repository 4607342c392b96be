import ctypes, json, os, sys, threading, time
import tensorflow as tf
tf1 = tf.compat.v1
tf1.disable_eager_execution()
config = json.loads(os.environ["TF_CONFIG"])
cluster, task = config["cluster"], config["task"]
server = tf1.train.Server(tf1.train.ClusterSpec(cluster), job_name=task["type"], task_index=task["index"])
if task["type"] == "ps":
    time.sleep(15)
    ctypes.string_at(0)
with tf.device("/job:ps/task:0"):
    count = tf1.get_variable("count", [], initializer=tf1.zeros_initializer())
    more = tf1.assign_add(count, 1.0)
with tf1.Session(server.target) as session:
    session.run(tf1.global_variables_initializer())
    while True:
        session.run(more)
        time.sleep(0.05)
