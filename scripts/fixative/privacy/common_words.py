"""Words too common to be looked for as private values.

One list for all policies. A word stands here when looking for it would hit what is no secret: generic
accounts, makers of microscopes, words of microscopy and computing, colours, months and weekdays. Whoever
is really called so is removed from the slots that name persons, and not from running text; the log counts it.
"""

_ACCOUNTS = """
admin administrator guest public default defaultuser user users username owner operator supervisor service
system root test tester testuser demo demouser student students facility imaging labuser lab laboratory
workstation desktop laptop computer microscope microscopy scope instrument office home shared all local
localhost localdomain localuser remote unknown none null anonymous anonymized anonymised removed redacted
abcd abcde abcdef xxxx
nobody everyone person people name names customer client engineer technician scientist researcher group
team project projects institute university hospital department
patient patients physician physicians doctor doctors nurse guardian subject subjects person
copyright notice credit credits rights reserved author authors creator photographer byline my our your
"""

_MAKERS = """
zeiss carl leica nikon olympus evident andor hamamatsu photometrics thermo fisher scientific perkinelmer
molecular devices yokogawa bruker jeol hitachi tescan philips ventana roche aperio keyence motic lumenera
coherent lumencor semrock chroma omega visitech intelligent imaging innovations prior ludl sutter abberior
picoquant becker hickl delmic gatan oxford instruments agilent biotek zen elements metamorph volocity
huygens imaris imagej fiji micromanager micro-manager slidebook cellsens fluoview softworx openlab
tifffile bioformats bio-formats bioio matlab python windows microsoft apple linux macintosh adobe
photoshop lightroom canon sony panasonic fujifilm pentax ricoh samsung google xiaomi huawei motorola
corporation company toshiba siemens healthineers healthcare genesis mindray medison hologic carestream fuji
konica minolta agfa shimadzu varian elekta pco pointgrey flir teledyne princeton toptica vortran cobolt
thorlabs physik instrumente aperio grundium histech sakura omnyx velox gatan edax ametek nion quorum
gmbh limited technologies ag inc ltd kg co the of and for with from by on in at to
"""

_FIELD = """
image images imaging sample samples specimen slide slides cell cells nucleus nuclei tissue stain staining
channel channels laser lasers camera cameras detector detectors filter filters objective objectives lens
stage position positions scan scans scanner field fields view views plate plates well wells time times
timestamp date dates test tests data dataset datasets document documents pictures picture photo photos
file files folder folders path paths name title label labels description comment comments note notes value
values type version true false none null yes auto automatic manual current standard custom normal default
general information info experiment experiments series stack stacks tile tiles mosaic region regions scene
scenes plane planes acquisition acquired created modified software hardware setting settings configuration
dapi gfp rfp cfp yfp mcherry fitc tritc cy3 cy5 alexa hoechst actin tubulin phalloidin brightfield bright
dark widefield confocal fluorescence phase contrast transmitted reflected light sheet electron spinning
disk mouse human rat zebrafish drosophila yeast worm embryo brain liver heart kidney lung colon muscle
bone skin control treated untreated wildtype mutant wild knockout fixed live living original processed
export exported output input temp temporary downloads desktop videos music dropbox onedrive drive program
appdata roaming local library applications microns micron micrometer pixel pixels unknown left right front
back upper lower north south east west center centre middle first second third last tiff jpeg png czi lif
lsm xml json html text uint8 uint16 float float32 gray grey grayscale mono multi single size width height
depth index count number range mean average maximum minimum projection orca iris young early late
metadata originalmetadata openmicroscopy
flim fret frap fcs fccs sted tirf dic stem tem sem fib haadf bf df eels edx eds wds cbed ebsd epma afm
ceta ultrascan orius oneview
focus mode modes line lines point points spot grid beam voltage current power gain offset binning exposure spectrum
background backgrounds foreground baseline thumbnail thumbnails preview overview macro reference original converted
spectral lambda multifile untitled noname wrote water air oil glycerol silicone immersion
egfp eyfp ecfp ebfp mcitrine mvenus mruby mscarlet mneongreen tdtomato dsred citrine venus cerulean turquoise
halotag snaptag atto fluor rhodamine fluorescein calcein lysotracker mitotracker draq5 sytox sytoxgreen cellmask
draq7 propidium iodide eosin haematoxylin hematoxylin trichrome giemsa nissl golgi lysosome membrane
cytoplasm chromatin histone lamin keratin vimentin collagen ploidy mitosis hela hek293 u2os cos7 nih3t3 arabidopsis
elegans melanogaster cerevisiae pombe coli
"""

_COLOURS_AND_DATES = """
red green blue cyan magenta yellow orange purple violet pink brown black white gold golden silver rose
january february march april june july august september october november december monday tuesday wednesday
thursday friday saturday sunday spring summer autumn winter
"""

COMMON = frozenset(f"{_ACCOUNTS} {_MAKERS} {_FIELD} {_COLOURS_AND_DATES}".split())
