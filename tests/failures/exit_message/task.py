import sys
print("reading the data set")
sys.exit("the data set is empty")
