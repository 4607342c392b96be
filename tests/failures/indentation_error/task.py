def train(steps):
return steps
