for step in xrange(3):
    print(step)
