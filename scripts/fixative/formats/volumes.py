"""Volumes and medical images, gels and blots."""

from fixative.formats.rows import BF, Row

ROWS: tuple[Row, ...] = (
    Row("dicom", "DICOM", "NEMA", ".dcm .dic .dicom .ima", "pydicom bioformats itk", "DicomReader"),
    Row("nifti", "NIfTI", "NIH", ".nii .nii.gz .hdr", "nibabel bioformats itk", "NiftiReader"),
    Row("analyze", "Analyze 7.5", "Mayo Clinic", ".hdr", "nibabel bioformats itk", "AnalyzeReader"),
    Row("minc", "MINC", "MNI", ".mnc", "nibabel bioformats", "MINCReader"),
    Row("mgh", "MGH", "FreeSurfer", ".mgh .mgz", "nibabel"),
    Row("nrrd", "NRRD", "Teem", ".nrrd .nhdr", "itk bioformats", "NRRDReader"),
    Row("metaimage", "MetaImage", "Kitware", ".mha .mhd", "itk"),
    Row("gipl", "GIPL", "Guy's Hospital", ".gipl", "itk"),
    Row("vtk", "VTK structured points", "Kitware", ".vtk", "itk"),
    Row("stimulate", "Stimulate", "CMRR", ".spr", "itk"),
    Row("bruker_mri", "ParaVision", "Bruker", "fid acqp", BF, "BrukerReader"),
    Row("bruker_2dseq", "ParaVision reconstruction", "Bruker", "2dseq", "itk"),
    Row("varian_fdf", "Varian FDF", "Varian", ".fdf", BF, "VarianFDFReader"),
    Row("ecat7", "ECAT 7", "Siemens", ".v", BF, "Ecat7Reader"),
    Row("inveon", "Inveon", "Siemens", ".hdr", BF, "InveonReader"),
    Row("vff", "MicroCT VFF", "GE Healthcare", ".vff", BF, "MicroCTReader"),
    Row("aim", "AIM", "Scanco", ".aim", BF, "AIMReader"),
    Row("amira", "Amira mesh", "Thermo Fisher", ".am .amiramesh .grey .labels", BF, "AmiraReader"),
    Row("inr", "INRIMAGE", "INRIA", ".inr", BF, "INRReader"),
    Row("khoros", "Khoros XV", "Khoros", ".xv", BF, "KhorosReader"),
    Row("povray", "POV-Ray density file", "POV-Ray", ".df3", BF, "PovrayReader"),
    Row("biorad_1sc", "Bio-Rad GEL", "Bio-Rad", ".1sc", BF, "BioRadGelReader"),
    Row("biorad_scn", "Image Lab SCN", "Bio-Rad", ".scn", BF, "BioRadSCNReader"),
    Row("fuji_las", "LAS 3000", "Fuji", ".img", BF, "FujiReader"),
    Row("kodak_bip", "Kodak BIP", "Kodak", ".bip", BF, "KodakReader"),
    Row("licor_l2d", "L2D", "LI-COR", ".l2d", BF, "L2DReader"),
    Row("fits", "FITS", "IAU", ".fits .fit .fts", "astropy bioformats", "FitsReader"),
)
