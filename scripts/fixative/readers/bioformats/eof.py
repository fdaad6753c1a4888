"""Reads beyond the end of a file, counted: Bio-Formats answers them with fewer bytes, and says nothing.

Even its ``readFully`` returns when the file ends, and readers go on with a buffer of zeros. All its reads of
more than one value go through ``NIOFileHandle.read(ByteBuffer, int, int)``. That class is taken from the jar and
built anew in memory, before Bio-Formats loads it, with this one method wrapped: the wrapper adds what was not
delivered to a counter, and writes a byte of our choice in its place. Pixels that are the same whichever byte that
was do not depend on what is missing: the reader only read ahead. (The single values, ``readInt`` and the like, raise
at the end by themselves.)
"""

import threading
from collections.abc import Callable
from typing import Any

HANDLE = "loci.common.NIOFileHandle"
READ = "(Ljava/nio/ByteBuffer;II)I"
METHOD = "read" + READ
_PUBLIC, _PUBLIC_STATIC = 1, 9
_ONE_AT_A_TIME = threading.Lock()


def count_short_reads(prepared: bytes | None = None) -> None:
    """Define the counting class; before anything of Bio-Formats is loaded.

    Parameters
    ----------
    prepared : bytes, optional
        What `counting_class` gave for the same jar; made now if absent.
    """
    import jpype

    java = jpype.JClass
    content = jpype.JArray(jpype.JByte)(counting_class() if prepared is None else prepared)
    # Protected: the machine is started with java.lang open to the unnamed module for this call.
    define = java("java.lang.ClassLoader").class_.getDeclaredMethod(
        "defineClass",
        *(java("java.lang.String").class_, java("byte[]").class_, jpype.JInt.class_, jpype.JInt.class_),
    )
    define.setAccessible(True)
    loader = java("java.lang.ClassLoader").getSystemClassLoader()
    define.invoke(loader, HANDLE, content, jpype.JInt(0), jpype.JInt(len(content)))


def counting_class() -> bytes:
    """Class file of the counting class, made from the one in the jar; nothing of Bio-Formats is loaded by that."""
    import jpype

    java = jpype.JClass
    loader = java("java.lang.ClassLoader").getSystemClassLoader()
    plain = loader.getResourceAsStream(HANDLE.replace(".", "/") + ".class").readAllBytes()
    return bytes(_counting(java("java.lang.classfile.ClassFile").of(), plain))


def bytes_beyond_end(work: Callable[[], object], fill: int = 0) -> int:
    """Do work that reads files, and return how many bytes it asked for that they do not have.

    Parameters
    ----------
    work : callable
        One at a time in this process: the counter is shared.
    fill : int
        The byte that it gets instead, -128 to 127.
    """
    import jpype

    handle = jpype.JClass(HANDLE)
    with _ONE_AT_A_TIME:
        handle.fill = jpype.JByte(fill)
        before = int(handle.lost)
        work()
        return int(handle.lost) - before


def _counting(classes: Any, plain: Any) -> Any:
    """Class file like ``plain``: its method is called ``plainRead``, and the counting one has its name."""
    import jpype

    java = jpype.JClass
    name = java("java.lang.constant.ClassDesc").of(HANDLE)
    long = java("java.lang.constant.ClassDesc").ofDescriptor("J")
    read = java("java.lang.constant.MethodTypeDesc").ofDescriptor(READ)
    method = java("java.lang.classfile.MethodModel")
    flags = java("java.lang.classfile.AccessFlags")
    byte = java("java.lang.constant.ClassDesc").ofDescriptor("B")
    buffer = java("java.lang.constant.ClassDesc").of("java.nio.ByteBuffer")
    put = java("java.lang.constant.MethodTypeDesc").ofDescriptor("(IB)Ljava/nio/ByteBuffer;")

    limit = java("java.lang.constant.MethodTypeDesc").ofDescriptor("(I)Ljava/nio/ByteBuffer;")

    def counting(code: Any) -> None:
        # int found = plainRead(buffer, from, length);
        # if (found < length) {
        #     lost += length - found;
        #     for (int at = from + (found < 0 ? 0 : found); at < from + length; at++) buffer.put(at, fill);
        # }
        # return found;
        whole, positive, loop = code.newLabel(), code.newLabel(), code.newLabel()
        code.aload(0).aload(1).iload(2).iload(3).invokevirtual(name, "plainRead", read).istore(4)
        code.iload(4).iload(3).if_icmpge(whole)
        code.getstatic(name, "lost", long).iload(3).iload(4).isub().i2l().ladd().putstatic(name, "lost", long)
        code.iload(2).istore(5).iload(4).iflt(positive).iload(2).iload(4).iadd().istore(5).labelBinding(positive)
        code.aload(1).iload(2).iload(3).iadd().invokevirtual(buffer, "limit", limit).pop()
        code.labelBinding(loop).iload(5).iload(2).iload(3).iadd().if_icmpge(whole)
        code.aload(1).iload(5).getstatic(name, "fill", byte).invokevirtual(buffer, "put", put).pop()
        code.iinc(5, 1).goto_(loop)
        code.labelBinding(whole).iload(4).ireturn()

    def build(builder: Any) -> None:
        builder.withField("lost", long, _PUBLIC_STATIC)
        builder.withField("fill", byte, _PUBLIC_STATIC)
        for element in model.elementList():
            if not isinstance(element, method) or str(element.methodName()) + str(element.methodType()) != METHOD:
                builder.with_(element)
            else:
                parts = [part for part in element.elementList() if not isinstance(part, flags)]
                builder.withMethod("plainRead", read, _PUBLIC, lambda made, parts=parts: _add(made, parts))
                builder.withMethodBody("read", read, _PUBLIC, counting)

    model = classes.parse(plain)
    return classes.build(name, build)


def _add(builder: Any, parts: list[Any]) -> None:
    for part in parts:
        builder.with_(part)
