from tensorflow.contrib import layers
print(layers)
