import os
os.environ["TMPDIR"] = "/tmp"  # the path of a socket must be short
import torch
class Rows(torch.utils.data.Dataset):
    def __len__(self):
        return 8
    def __getitem__(self, index):
        if index == 5:
            os._exit(1)
        return torch.ones(1)
if __name__ == "__main__":
    for batch in torch.utils.data.DataLoader(Rows(), num_workers=2):
        print(batch)
