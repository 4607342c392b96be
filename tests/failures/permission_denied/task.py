import os
with open("secret", "w") as file:
    file.write("x")
os.chmod("secret", 0)
os.setuid(65534)
with open(os.path.abspath("secret")) as file:
    print(file.read())
