steps = 10
print "training for", steps
