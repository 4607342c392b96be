import torch
model = torch.nn.Sequential(torch.nn.Linear(10, 5), torch.nn.Linear(6, 1))
print(model(torch.ones(2, 10)))
