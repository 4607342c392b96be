import torch
print(torch.ones(4, 3).view(5, -1))
