"""Ways out beside mail: signed webhooks to the firm's own systems, and private feeds that programs read.

`addresses` and `post` make one call, `signing` signs it, `payload` writes what it says, `webhooks` is the way
of each message from a row to the receiver, `manage` what people do about them, `notices` tells an owner that
one went off. `feeds` holds the private addresses, `calendar` and `atom` write what is read there.
"""
