from collections import Mapping
print(Mapping)
