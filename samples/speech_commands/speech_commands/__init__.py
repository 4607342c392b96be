"""Recognition of single spoken words: a training package for mlengine, and a sample of how to write one.

    train       the program: python -m speech_commands.train
    flags       what it can be told
    cluster     which replica this is (TF_CONFIG)
    split       which clip is for training, validation or testing; the labels
    wav         WAV bytes to samples
    clips       where the clips lie: folders, an archive, local or gs://
    download    fetching the public archive
    input_data  clips in memory, and batches of them
    features    audio to spectral features
    models      the architectures
    training    one step, checkpoints, resuming, validation, the final test
    export      SavedModel for serving: python -m speech_commands.export
    label_wav   ask an exported model about a WAV file: python -m speech_commands.label_wav
"""
